import { parseDatabaseUrl } from '../../platform/database/database-address.js';
import { choice, integer, parsed, secret, text } from '../../platform/settings/setting.js';

/** The database, by one address or by its parts. */
export const databaseSettings = {
  databaseUrl: parsed(
    'DATABASE_URL',
    '`sqlite:FILE`, `mariadb://user:password@host:port/name` or `mysql://...`',
    {
      meaning: 'The database. Default: `sqlite:DATA_DIR/signet.db`, unless `DATABASE_TYPE` is set.',
      default: undefined,
      secret: true,
    },
    parseDatabaseUrl,
  ),
  databaseType: choice('DATABASE_TYPE', ['mariadb', 'mysql'], {
    meaning:
      'Kind of server, when the database is given by separate settings instead of `DATABASE_URL`.',
    default: undefined,
  }),
  databaseHost: text('DATABASE_HOST', {
    meaning: 'Host of the database server.',
    default: '127.0.0.1',
  }),
  databasePort: integer('DATABASE_PORT', {
    meaning: 'Port of the database server.',
    default: 3306,
    min: 1,
    max: 65535,
  }),
  databaseName: text('DATABASE_NAME', {
    meaning: 'Name of the database (schema).',
    default: 'signet',
  }),
  databaseUser: text('DATABASE_USER', {
    meaning: 'User at the database server.',
    default: 'signet',
  }),
  databasePassword: secret(
    'DATABASE_PASSWORD',
    { meaning: 'Password at the database server.' },
    (value) => value,
  ),
  databasePoolSize: integer('DATABASE_POOL_SIZE', {
    meaning: 'Connections that one replica opens at the most.',
    default: 10,
    min: 2,
    max: 200,
  }),
};
