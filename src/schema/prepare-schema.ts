import { setTimeout as sleep } from 'node:timers/promises';
import { BUILT_IN_ROLES } from '../access/permissions.js';
import type { Clock } from '../platform/clock.js';
import type { Database } from '../platform/database/database.js';
import { isDoneAlready } from '../platform/database/database-errors.js';
import { exclusively } from '../platform/database/exclusive.js';
import { HEAD_ID, RevocationHead } from '../revocation/revocation-head.entity.js';
import { ADMIN_ROLE } from '../access/permissions.js';
import { Role } from '../roles/role.entity.js';
import { INSTALLATION_ID, Installation } from '../setup/installation.entity.js';
import { STATUS_HEAD_ID, StatusIndexHead } from '../status-lists/status-index-head.entity.js';

const ATTEMPTS = 10;
const PAUSE_MS = 500;

/** Brings the database to this version's schema and puts in the rows that must exist. One replica at a time. */
export async function prepareSchema(database: Database, clock: Clock): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await exclusively(database.dataSource, 'prepare-schema', async () => {
        await database.dataSource.runMigrations();
        await database.transaction(() => insertFirstRows(database, clock.now()));
      });
      return;
    } catch (error) {
      // The lock is one server's. On a cluster a replica at another node may have been in front, by a
      // table; each step looks whether it was done.
      if (attempt >= ATTEMPTS || !isDoneAlready(error)) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

async function insertFirstRows(database: Database, now: number): Promise<void> {
  const head = database.repository(RevocationHead);
  if (!(await head.existsBy({ id: HEAD_ID })))
    await head.insert({ id: HEAD_ID, revision: 0, keysVersion: 0 });
  const statusHead = database.repository(StatusIndexHead);
  if (!(await statusHead.existsBy({ id: STATUS_HEAD_ID })))
    await statusHead.insert({ id: STATUS_HEAD_ID, nextIndex: 0 });
  const installation = database.repository(Installation);
  if (!(await installation.existsBy({ id: INSTALLATION_ID }))) {
    await installation.insert({ id: INSTALLATION_ID, setupCompletedAt: null, createdAt: now });
  }
  const roles = database.repository(Role);
  for (const { name, description, permissions } of BUILT_IN_ROLES) {
    if (!(await roles.existsBy({ name }))) {
      await roles.insert({
        name,
        description,
        permissions,
        version: 1,
        createdAt: now,
        updatedAt: now,
      });
    } else if (name === ADMIN_ROLE) {
      // A newer version may have more permissions; administrators hold all of them.
      await roles.update({ name }, { permissions });
    }
  }
}
