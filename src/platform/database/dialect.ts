/** The databases that are supported. MariaDB and MySQL differ in collations, `RETURNING` and JSON. */
export type Dialect = 'sqlite' | 'mariadb' | 'mysql';

/** A number in a row that SQL written by hand selected: mysql2 gives BIGINT, COUNT and SUM as text. */
export type RawNumber = number | string;

/** SQL that yields the database's own clock as whole milliseconds since the epoch. */
export function nowMillisSql(dialect: Dialect): string {
  return dialect === 'sqlite'
    ? `CAST(unixepoch('subsec') * 1000 AS INTEGER)`
    : 'CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)';
}

/**
 * The isolation level of every transaction. READ COMMITTED avoids InnoDB's next-key locks, which
 * deadlock parallel refreshes under REPEATABLE READ; races are decided by compare-and-set instead.
 * SQLite knows nothing below SERIALIZABLE.
 */
export function isolationLevel(dialect: Dialect): 'SERIALIZABLE' | 'READ COMMITTED' {
  return dialect === 'sqlite' ? 'SERIALIZABLE' : 'READ COMMITTED';
}

/** Escapes `%`, `_` and the escape character itself, for `LIKE ? ESCAPE '!'`. */
export function likeContains(text: string): string {
  return `%${text.replaceAll(/[!%_]/g, '!$&')}%`;
}
