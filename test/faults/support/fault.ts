import type { Parts } from './world.js';

/** One kind of trouble, how it is made here, and what must come of it. */
export interface Fault {
  /** As in the fault list: `F-04`. */
  readonly id: string;
  readonly title: string;
  /** What is done to which part, in one sentence, for the report. */
  readonly injected: string;
  readonly load: string;
  readonly isQuick: boolean;
  run(parts: Parts, quick: boolean): Promise<void>;
}
