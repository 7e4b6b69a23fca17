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
 * SQL of a query with one column `id`: the texts of the one parameter, a list in JSON. However long it is,
 * it takes one statement, where an IN has a limit.
 *
 * @param collation of the columns that it is compared with; SQLite needs none.
 */
export function idsSql(dialect: Dialect, collation: string | undefined): string {
  if (dialect === 'sqlite') return 'SELECT value AS id FROM json_each(?)';
  const id = `CONVERT(j.id USING utf8mb4)${collation === undefined ? '' : ` COLLATE ${collation}`}`;
  return `SELECT ${id} AS id FROM JSON_TABLE(?, '$[*]' COLUMNS (id VARCHAR(64) PATH '$')) j`;
}

/**
 * What is behind a position, in a list with the newest first. The bound on `at` stands alone, or SQLite
 * walks an index from its start: page 10,000 of a list would take a thousand times as long as page 1.
 *
 * @param at the column that orders the list, and `id` the one that decides between equals.
 * @param values the names of the position's two parameters; with `?` they are given as at, at, id.
 */
export function behind(at: string, id: string, values = { at: '?', id: '?' }): string {
  return `${at} <= ${values.at} AND (${at} < ${values.at} OR ${id} < ${values.id})`;
}

/** Escapes `%`, `_` and the escape character itself, for `LIKE ? ESCAPE '!'`. */
export function likeContains(text: string): string {
  return `%${text.replaceAll(/[!%_]/g, '!$&')}%`;
}
