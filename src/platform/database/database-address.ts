/** Where the database is. A closed union, so that no option of one kind can reach the other. */
export type DatabaseAddress =
  | { readonly type: 'sqlite'; readonly file: string }
  | {
      readonly type: 'mariadb' | 'mysql';
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly password: string;
      readonly database: string;
    };

/**
 * Parses `sqlite:./file` or `mariadb://user:password@host:port/name` (or `mysql://`).
 *
 * The URL is taken apart here and never handed to mysql2, whose query parameters may override the
 * host and the user. For the same reason a query string is refused.
 *
 * @throws Error with a message that names what is wrong and never repeats the URL, which holds a password.
 */
export function parseDatabaseUrl(text: string): DatabaseAddress {
  if (text.startsWith('sqlite:')) {
    const file = text.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '');
    if (file === '' || file.includes('?')) throw new Error('sqlite: needs a file path');
    return { type: 'sqlite', file };
  }
  if (!URL.canParse(text)) throw new Error('is not a URL');
  const url = new URL(text);
  const type = url.protocol.slice(0, -1);
  if (type !== 'mariadb' && type !== 'mysql') {
    throw new Error('must start with sqlite:, mariadb:// or mysql://');
  }
  if (url.search !== '' || url.hash !== '') throw new Error('takes no query parameters');
  const database = decodeURIComponent(url.pathname.slice(1));
  if (url.hostname === '' || url.username === '' || database === '' || database.includes('/')) {
    throw new Error(`must look like ${type}://user:password@host:port/name`);
  }
  return {
    type,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? 3306 : Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database,
  };
}
