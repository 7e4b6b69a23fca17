/** One connection to the bus. It ends with its life, and ends its life when it is lost; it is never reopened. */
export interface BusLink {
  /** Resolves when the bus has taken the message. */
  publish(message: string): Promise<unknown>;
  /** Resolves when the bus answers. */
  ping(): Promise<unknown>;
}

/** Opens a connection on which `receive` is called with each message of the channel. */
export type OpenLink = (
  channel: string,
  receive: (message: string) => void,
  life: AbortController,
) => Promise<BusLink>;

/** The way to the bus of that URL. */
export type Bus = (url: string) => OpenLink;

/** The injection token of `Bus`, which is a function and has no class. */
export const BUS = Symbol('BUS');
