import { AsyncLocalStorage } from 'node:async_hooks';
import type { EntityManager } from 'typeorm';

/** What belongs to the transaction that the current asynchronous call chain is in. */
export interface TransactionContext {
  readonly manager: EntityManager;
  readonly afterCommit: (() => void)[];
}

const storage = new AsyncLocalStorage<TransactionContext>();
let running = 0;

/** The transaction that the caller runs inside of. */
export function currentTransaction(): TransactionContext | undefined {
  return storage.getStore();
}

/** Runs `work` inside of a transaction. */
export async function runInside<T>(
  context: TransactionContext,
  work: () => Promise<T>,
): Promise<T> {
  running++;
  try {
    return await storage.run(context, work);
  } finally {
    running--;
    // As long as the storage is on, Node 20 follows every promise of the process.
    if (running === 0) storage.disable();
  }
}
