import { AsyncLocalStorage } from 'node:async_hooks';
import type { EntityManager } from 'typeorm';

/** What belongs to the transaction that the current asynchronous call chain is in. */
export interface TransactionContext {
  readonly manager: EntityManager;
  readonly afterCommit: (() => void)[];
}

export const transactionContext = new AsyncLocalStorage<TransactionContext>();

/** Whether the caller runs inside a transaction. */
export function insideTransaction(): boolean {
  return transactionContext.getStore() !== undefined;
}
