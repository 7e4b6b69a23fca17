import type { AppDataSource } from './data-source.js';

/** Long enough for another replica's migrations, short enough to be noticed. */
const WAIT_SECONDS = 60;

/**
 * Runs `work` while no other replica does: TypeORM's migrations take no lock, and two replicas that
 * boot on one empty database would both create its tables. On SQLite there is one process per file.
 *
 * @throws Error when the lock was not free within 60 s.
 */
export async function exclusively<T>(
  dataSource: AppDataSource,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  if (dataSource.dialect === 'sqlite') return work();
  // GET_LOCK belongs to a connection, so this one is held until the end. The name is scoped to the schema by hand.
  const runner = dataSource.createQueryRunner();
  try {
    const [row] = (await runner.query(
      `SELECT GET_LOCK(CONCAT(LEFT(DATABASE(), 40), ?), ?) AS locked`,
      [`.${name}`, WAIT_SECONDS],
    )) as { locked: number | null }[];
    if (Number(row?.locked) !== 1) throw new Error(`Another replica holds the lock "${name}"`);
    return await work();
  } finally {
    // Lost with its connection, the lock is free anyway; the first error is the one to tell.
    await runner
      .query(`SELECT RELEASE_LOCK(CONCAT(LEFT(DATABASE(), 40), ?))`, [`.${name}`])
      .catch(() => undefined);
    await runner.release();
  }
}
