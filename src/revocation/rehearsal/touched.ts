/** A statement, or a part of one, and what its `?` stand for. */
export interface Sql {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** Times in which tokens that may still live were issued; milliseconds since the epoch. */
export type Windows = readonly { readonly from: number; readonly until: number }[];

/** What is revoked, by kind. */
interface Revoked {
  readonly principals: readonly string[];
  /** Of the principals, those that are deleted. */
  readonly gone: readonly string[];
  readonly sessions: readonly string[];
  readonly credentials: readonly string[];
  /** When each of the keys has signed. */
  readonly keys: Windows;
}

interface Moments {
  readonly now: number;
  /** Whoever had their last token before this has none that is accepted. */
  readonly since: number;
}

/** A query that yields ids. */
interface Ids extends Sql {
  /** Each once. */
  readonly isDistinct: boolean;
}

/**
 * SQL that counts what revocations touch. Nobody is counted twice, however many of the revocations touch
 * them.
 */
export class Touched {
  /** @param ids see `idsSql`. */
  constructor(
    private readonly revoked: Revoked,
    private readonly moments: Moments,
    private readonly ids: string,
  ) {}

  get isNobody(): boolean {
    return this.holders().length === 0;
  }

  /** Rows with `type` and `n`. */
  principalsByType(): Sql {
    return over(
      this.holders(),
      'SELECT p.type AS type, COUNT(*) AS n FROM touched t JOIN principals p ON p.id = t.id GROUP BY p.type',
    );
  }

  /** One row with `sessions`, `ended`, and of how many there may be `tokens`. */
  sessionCounts(): Sql {
    const { since } = this.moments;
    const { sessions, gone } = this.revoked;
    return over(
      this.sessions(),
      `SELECT COUNT(*) AS sessions,
         SUM(CASE WHEN s.id IN (${this.ids}) OR s.principal_id IN (${this.ids}) THEN 1 ELSE 0 END) AS ended,
         SUM(CASE WHEN ${HAD_A_TOKEN} THEN 1 ELSE 0 END) AS tokens
       FROM touched t JOIN sessions s ON s.id = t.id`,
      [JSON.stringify(sessions), JSON.stringify(gone), since, since],
    );
  }

  /** One row with `tokens`: of how many credentials there may be some. */
  credentialCounts(): Sql {
    return over(
      this.credentials(),
      'SELECT COUNT(*) AS tokens FROM touched t JOIN service_credentials c ON c.id = t.id WHERE c.last_used_at >= ?',
      [this.moments.since],
    );
  }

  /** Rows with `id`: the resources of the holders, each once. */
  resources(): Sql {
    const { now } = this.moments;
    const lasts = '(g.ends_at IS NULL OR g.ends_at > ?)';
    return over(
      this.holders(),
      `SELECT r.id AS id FROM touched t JOIN resources r ON r.owner_id = t.id
       UNION
       SELECT g.resource_id AS id FROM touched t JOIN resource_grants g ON g.principal_id = t.id
       WHERE ${lasts}
       UNION
       SELECT g.resource_id AS id FROM
         (SELECT DISTINCT pr.role_name AS name FROM touched t JOIN principal_roles pr ON pr.principal_id = t.id) held
         JOIN resource_grants g ON g.role_name = held.name
       WHERE ${lasts}`,
      [now, now],
    );
  }

  /** The ids of the principals whose tokens are refused. */
  private holders(): readonly Ids[] {
    const { principals, sessions, credentials } = this.revoked;
    const ofSession = 'SELECT s.principal_id AS id FROM';
    const ofCredential = 'SELECT c.service_account_id AS id FROM';
    return [
      ...this.each(principals, 'SELECT l.id AS id FROM', '', { isDistinct: true }),
      ...this.each(sessions, ofSession, 'JOIN sessions s ON s.id = l.id'),
      ...this.each(credentials, ofCredential, 'JOIN service_credentials c ON c.id = l.id'),
      ...this.sessionsOfKeys('s.principal_id'),
      ...this.credentialsOfKeys('c.service_account_id'),
    ];
  }

  /** The ids of the live sessions whose tokens are refused. */
  private sessions(): readonly Ids[] {
    const { principals, sessions } = this.revoked;
    const select = 'SELECT s.id AS id FROM';
    const distinct = { isDistinct: true, parameters: [this.moments.now] };
    const byHolder = `JOIN sessions s ON s.principal_id = l.id WHERE ${IS_LIVE}`;
    return [
      ...this.each(principals, select, byHolder, distinct),
      ...this.each(sessions, select, `JOIN sessions s ON s.id = l.id WHERE ${IS_LIVE}`, distinct),
      ...this.sessionsOfKeys('s.id'),
    ];
  }

  /** The ids of the credentials whose tokens are refused. */
  private credentials(): readonly Ids[] {
    const { principals, credentials } = this.revoked;
    const select = 'SELECT c.id AS id FROM';
    const distinct = { isDistinct: true };
    const byHolder = 'JOIN service_credentials c ON c.service_account_id = l.id';
    return [
      ...this.each(principals, select, byHolder, distinct),
      ...this.each(credentials, 'SELECT l.id AS id FROM', '', distinct),
      ...this.credentialsOfKeys('c.id'),
    ];
  }

  /** Only the last token of each session is known of: it may have had one in all the time before. */
  private sessionsOfKeys(column: string): readonly Ids[] {
    return this.revoked.keys.map(({ from, until }) => ({
      sql: `SELECT ${column} AS id FROM sessions s WHERE ${IS_LIVE} AND ${HAD_A_TOKEN} AND s.created_at <= ?`,
      parameters: [this.moments.now, from, from, until],
      isDistinct: false,
    }));
  }

  private credentialsOfKeys(column: string): readonly Ids[] {
    return this.revoked.keys.map(({ from, until }) => ({
      sql: `SELECT ${column} AS id FROM service_credentials c WHERE c.last_used_at >= ? AND c.created_at <= ?`,
      parameters: [from, until],
      isDistinct: false,
    }));
  }

  /** A query about a list of different ids, which it calls `l`; none about an empty one. */
  private each(
    list: readonly string[],
    before: string,
    after: string,
    { isDistinct = false, parameters = [] }: Partial<Ids> = {},
  ): readonly Ids[] {
    if (list.length === 0) return [];
    return [
      {
        sql: `${before} (${this.ids}) l ${after}`,
        parameters: [JSON.stringify(list), ...parameters],
        isDistinct,
      },
    ];
  }
}

/** Of a session `s`, at a moment. */
const IS_LIVE = 's.ended_at IS NULL AND s.idle_expires_at > ?';

/** Of a session `s`, since a moment, named twice: by a refresh, or by a new proof of who the person is. */
const HAD_A_TOKEN = '(s.rotated_at >= ? OR s.auth_time >= ?)';

/** A query about `touched`, the ids that all these yield, each once. */
function over(parts: readonly Ids[], sql: string, parameters: readonly unknown[] = []): Sql {
  const all = parts.map((part) => part.sql).join(' UNION ALL ');
  const touched =
    parts.length === 0
      ? 'SELECT id FROM principals WHERE 1 = 0'
      : parts.length === 1 && parts[0]?.isDistinct === true
        ? all // to sort out what is double takes more time than all the rest
        : `SELECT DISTINCT id FROM (${all}) parts`;
  return {
    sql: `WITH touched AS (${touched}) ${sql}`,
    parameters: [...parts.flatMap((part) => part.parameters), ...parameters],
  };
}
