import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BUILT_IN_ROLES } from '../../src/access/permissions.js';
import { Clock } from '../../src/platform/clock.js';
import { AuditAndThrottling1795392000005 } from '../../src/schema/migrations/1795392000005-audit-and-throttling.js';
import { KeyStates1795478400006 } from '../../src/schema/migrations/1795478400006-key-states.js';
import { ResourceTokens1795478400008 } from '../../src/schema/migrations/1795478400008-resource-tokens.js';
import { migrations } from '../../src/schema/migrations/index.js';
import { prepareSchema } from '../../src/schema/prepare-schema.js';
import { openStorage } from '../support/database.js';
import type { TestStorage } from '../support/database.js';
import { clustered, dialect } from '../support/databases.js';

describe(`the schema on ${dialect}`, () => {
  let storage: TestStorage;

  beforeEach(async () => {
    storage = await openStorage({ migrate: false });
  });
  afterEach(() => storage.close());

  const drift = async () => {
    const { upQueries } = await storage.dataSource.driver.createSchemaBuilder().log();
    return upQueries.map(({ query }) => query);
  };
  const count = async (table: string) => {
    const [row] = await storage.database.select<{ n: number }>(
      `SELECT COUNT(*) AS n FROM ${table}`,
    );
    return Number(row?.n);
  };
  const expectFirstRows = async () => {
    expect(await count('revocation_head')).toBe(1);
    expect(await count('installation')).toBe(1);
    expect(await count('roles')).toBe(BUILT_IN_ROLES.length);
  };

  it('is after the migrations what the entities say', async () => {
    expect(await drift()).not.toEqual([]);
    await storage.dataSource.runMigrations();
    expect(await drift()).toEqual([]);
  });

  it('can be taken back and made again', async () => {
    const { dataSource } = storage;
    await dataSource.runMigrations();
    for (const _ of migrations) await dataSource.undoLastMigration();
    expect(await dataSource.showMigrations()).toBe(true);
    await dataSource.runMigrations();
    expect(await drift()).toEqual([]);
  });

  it('is completed when a migration was killed half-way', async () => {
    const { dataSource, database } = storage;
    await dataSource.runMigrations();
    await database.execute('DROP TABLE installation');
    await database.execute('ALTER TABLE signing_keys DROP COLUMN removed_at');
    await database.execute('ALTER TABLE resources DROP COLUMN claims');
    for (const { name } of [
      AuditAndThrottling1795392000005,
      KeyStates1795478400006,
      ResourceTokens1795478400008,
    ]) {
      await database.execute('DELETE FROM migrations WHERE name = ?', [name]);
    }
    await dataSource.runMigrations();
    expect(await drift()).toEqual([]);
  });

  if (dialect === 'mariadb') {
    it('is told the time in UTC, whatever zone the server is in', async () => {
      const { database } = storage;
      const [row] = await database.select<{ zone: string }>('SELECT @@session.time_zone AS zone');
      expect(row?.zone).toBe('+00:00');
      expect(Math.abs((await database.now()) - Date.now())).toBeLessThan(5000);
    });
  }

  it('is prepared again at each start, without a change', async () => {
    await prepareSchema(storage.database, new Clock());
    await prepareSchema(storage.database, new Clock());
    await expectFirstRows();
    expect(await drift()).toEqual([]);
  });

  it('gives administrators the permissions that a new version brings', async () => {
    await prepareSchema(storage.database, new Clock());
    await storage.database.execute(`UPDATE roles SET permissions = '["users:read"]'`);
    await prepareSchema(storage.database, new Clock());
    const rows = await storage.database.select<{ name: string; permissions: string }>(
      'SELECT name, permissions FROM roles ORDER BY name',
    );
    const changed = rows.filter(({ permissions }) => permissions !== '["users:read"]');
    expect(changed.map(({ name }) => name)).toEqual(['admin']);
  });

  if (dialect === 'mariadb') {
    it('is made once when five replicas start on an empty database', async () => {
      const replicas = await Promise.all(Array.from({ length: 5 }, () => storage.connect()));
      await Promise.all(replicas.map((replica) => prepareSchema(replica, new Clock())));
      await expectFirstRows();
      // Two nodes of a cluster may both note the same one.
      const noted = await storage.database.select<{ name: string }>('SELECT name FROM migrations');
      const names = noted.map(({ name }) => name).sort();
      expect(clustered ? [...new Set(names)] : names).toEqual(
        migrations.map(({ name }) => name).sort(),
      );
      expect(await drift()).toEqual([]);
    });

    it('does not rely on the defaults of the server', async () => {
      await storage.dataSource.runMigrations();
      const columns = await storage.database.select<{ name: string }>(
        `SELECT CONCAT(TABLE_NAME, '.', COLUMN_NAME) AS name FROM information_schema.COLUMNS
         WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME <> 'migrations'
           AND COLLATION_NAME IS NOT NULL AND COLLATION_NAME <> ?`,
        [storage.dataSource.textCollation],
      );
      expect(columns).toEqual([]);
    });
  }
});
