/** An issuer whose keys are exchanged, and the replicas that verify its tokens. */
export interface RotatingIssuer {
  /** A new token, by one of the replicas. */
  issue(replica: number): Promise<string>;
  /** The status that a replica answers a token with. */
  ask(replica: number, token: string): Promise<number>;
  rotate(): Promise<void>;
}

export interface LoadReport {
  readonly sent: number;
  /** How often which status was answered. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Of the tokens that were asked with. */
  readonly keys: number;
}

const CLIENTS = 16;
const REPLICAS = 2;

/**
 * Rotates in the middle of many requests to one replica after the other, with tokens that are renewed
 * twenty times on the way: whoever is refused was locked out by the rotation.
 */
export async function rotateUnderLoad(
  issuer: RotatingIssuer,
  requests: number,
): Promise<LoadReport> {
  const statuses: Record<number, number> = {};
  const headers = new Set<string>();
  const renewEvery = requests / 20;
  let token = await issuer.issue(0);
  let sent = 0;

  const ask = async () => {
    const status = await issuer.ask(sent++ % REPLICAS, token);
    statuses[status] = (statuses[status] ?? 0) + 1;
  };
  let turn: Promise<void> = Promise.resolve();
  /** Tokens of each key, from each replica, while others are asked about; one after the other. */
  const renew = (replica: number) =>
    (turn = turn.then(async () => {
      token = await issuer.issue(replica);
      headers.add(token.split('.')[0] ?? '');
    }));
  const client = async () => {
    while (sent < requests) {
      const at = sent;
      await ask();
      if (at % renewEvery === 0) await renew((at / renewEvery) % REPLICAS);
      if (at === requests / 2) await issuer.rotate();
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return { sent, statuses, keys: headers.size };
}
