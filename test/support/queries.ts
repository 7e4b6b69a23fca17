import type { TestApp } from './app.js';

/** What the database is asked while `work` runs, but for the poll for revocations, which never rests. */
export async function queriesDuring(
  app: TestApp,
  work: () => Promise<unknown>,
): Promise<readonly string[]> {
  const asked: string[] = [];
  const { subscribers } = app.database.dataSource;
  const subscriber = {
    beforeQuery: ({ query }: { query: string }) => {
      if (!/revocation_head|revoked_tokens/.test(query)) asked.push(query);
    },
  };
  subscribers.push(subscriber);
  try {
    await work();
  } finally {
    subscribers.splice(subscribers.indexOf(subscriber), 1);
  }
  return asked;
}
