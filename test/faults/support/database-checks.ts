import { setTimeout as sleep } from 'node:timers/promises';
import type { OperationRecord } from './recorder.js';
import type { World } from './world.js';

/** The audit event that each acknowledged operation leaves, once. Refreshing leaves none. */
const AUDITED = {
  login: 'auth.login',
  logout: 'auth.logout',
  'logout-all': 'auth.logout_all',
  'create-user': 'user.created',
  'disable-user': 'user.disabled',
  'set-roles': 'user.roles_set',
  'revoke-tokens': 'user.tokens_revoked',
  revoke: 'revocation.created',
  'oauth-revoke': 'token.revoked',
  'change-password': 'auth.password_changed',
  'create-account': 'service_account.created',
  'create-credential': 'credential.created',
  'delete-credential': 'credential.deleted',
  'rotate-keys': 'key.rotated',
  'compromise-key': 'key.compromised',
} as const;

/** Done again it changes nothing and leaves no event: there is one for all the requests about a person. */
const ONCE_A_PERSON: ReadonlySet<string> = new Set(['disable-user']);

/**
 * Counts that must be 0, by what they would mean. What the end of a restore ends has one event for all, and its
 * tokens end with their keys.
 */
const NONE_OF = [
  [
    'I-1',
    'live sessions of disabled users',
    `SELECT COUNT(*) AS n FROM sessions s JOIN principals p ON p.id = s.principal_id WHERE p.status <> 'active' AND s.ended_at IS NULL`,
  ],
  [
    'I-1',
    'ended sessions without a revocation',
    `SELECT COUNT(*) AS n FROM sessions s LEFT JOIN revoked_tokens r ON r.kind = 'session' AND r.subject = s.id WHERE s.ended_at IS NOT NULL AND s.end_reason <> 'restored' AND r.revision IS NULL`,
  ],
  [
    'I-4',
    'users without a principal',
    `SELECT COUNT(*) AS n FROM users u LEFT JOIN principals p ON p.id = u.id WHERE p.id IS NULL`,
  ],
  [
    'I-4',
    'principals of users without a user',
    `SELECT COUNT(*) AS n FROM principals p LEFT JOIN users u ON u.id = p.id WHERE p.type = 'user' AND u.id IS NULL`,
  ],
  ['I-4', 'users without a password', `SELECT COUNT(*) AS n FROM users WHERE password_hash = ''`],
  [
    'I-5',
    'users whose making was not audited',
    `SELECT COUNT(*) AS n FROM users u LEFT JOIN audit_events a ON a.target_id = u.id AND a.action = 'user.created' WHERE a.id IS NULL`,
  ],
  [
    'I-5',
    'disabled users whose disabling was audited not once',
    `SELECT COUNT(*) AS n FROM principals p WHERE p.type = 'user' AND p.status = 'disabled' AND (SELECT COUNT(*) FROM audit_events a WHERE a.action = 'user.disabled' AND a.target_id = p.id) <> 1`,
  ],
  [
    'I-5',
    'sessions whose opening was not audited',
    `SELECT COUNT(*) AS n FROM sessions s LEFT JOIN audit_events a ON a.action = 'auth.login' AND a.detail LIKE CONCAT('%', s.id, '%') WHERE a.id IS NULL`,
  ],
  [
    'I-5',
    'sessions whose end was audited not once',
    `SELECT COUNT(*) AS n FROM sessions s WHERE s.ended_at IS NOT NULL AND s.end_reason NOT IN ('refresh_reused', 'restored') AND (SELECT COUNT(*) FROM audit_events a WHERE a.action = 'session.ended' AND a.target_id = s.id) <> 1`,
  ],
  [
    'I-1',
    'revocations past the head',
    `SELECT COUNT(*) AS n FROM revoked_tokens WHERE revision > (SELECT revision FROM revocation_head)`,
  ],
] as const;

interface AuditRow {
  readonly request_id: string;
  readonly action: string;
}

interface UserRow {
  readonly id: string;
  readonly status: string;
  /** Null where there is none. */
  readonly role: string | null;
}

/** What the database itself must say, whatever the replicas say. */
export async function checkDatabase(world: World): Promise<void> {
  const { judgement } = world;
  const select = <Row>(sql: string) => world.select<Row>(sql);
  const count = async (sql: string) => Number((await select<{ n: number }>(sql))[0]?.n);
  for (const [invariant, meaning, sql] of NONE_OF) {
    const found = await count(sql);
    judgement.expect(invariant, found === 0, `${found} ${meaning}`);
  }
  judgement.expect(
    'I-13',
    (await count(
      `SELECT COUNT(*) AS n FROM principals p JOIN principal_roles r ON r.principal_id = p.id WHERE p.status = 'active' AND r.role_name = 'admin'`,
    )) >= 1,
    'there is no enabled administrator',
  );
  judgement.expect(
    'I-14',
    (await count(`SELECT COUNT(*) AS n FROM signing_keys WHERE active_slot = 'active'`)) === 1,
    'there is not one active key',
  );
  judgement.expect(
    'I-14',
    (await count(`SELECT COUNT(*) - COUNT(DISTINCT name) AS n FROM migrations`)) === 0,
    'a migration ran twice',
  );
  checkAudit(world, await select<AuditRow>('SELECT request_id, action FROM audit_events'));
  const users = await select<UserRow>(
    'SELECT u.id, p.status, r.role_name AS role FROM users u JOIN principals p ON p.id = u.id LEFT JOIN principal_roles r ON r.principal_id = u.id ORDER BY r.role_name',
  );
  checkUsers(world, users);
  if (world.isOnSqlite) return;
  const { name } = world.database;
  await checkNothingOpen(world, () =>
    count(
      `SELECT COUNT(*) AS n FROM information_schema.INNODB_TRX t JOIN information_schema.PROCESSLIST p ON p.ID = t.trx_mysql_thread_id WHERE p.DB = '${name}'`,
    ),
  );
}

/** I-5: one event for what was acknowledged, none for what was refused, at most one otherwise. */
function checkAudit({ recorder, judgement }: World, rows: readonly AuditRow[]): void {
  const counts = new Map<string, number>();
  for (const { request_id: id, action } of rows) {
    const key = `${id} ${action}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  for (const acts of actsOf(recorder.records)) {
    const [first] = acts;
    const action = first && actionOf(first);
    if (action === undefined) continue;
    const found = acts.reduce((sum, { id }) => sum + (counts.get(`${id} ${action}`) ?? 0), 0);
    const outcomes = acts.map(({ outcome }) => outcome);
    const isRight = outcomes.includes('ok')
      ? found === 1
      : found <= (outcomes.includes('unknown') ? 1 : 0);
    judgement.expect(
      'I-5',
      isRight,
      `${found} events ${action} of requests with outcome ${outcomes.join()} (${acts.map(({ id }) => id).join()})`,
    );
  }
  judgement.figure('audit events', rows.length);
}

/** The requests that are one act between them. */
function actsOf(records: readonly OperationRecord[]): Iterable<readonly OperationRecord[]> {
  const acts = new Map<string, OperationRecord[]>();
  for (const record of records) {
    const { op, user, id } = record;
    const key = ONCE_A_PERSON.has(op) ? `${op} ${user}` : id;
    acts.set(key, [...(acts.get(key) ?? []), record]);
  }
  return acts.values();
}

function actionOf({ op }: OperationRecord): string | undefined {
  return op in AUDITED ? AUDITED[op as keyof typeof AUDITED] : undefined; // the check narrows no union of keys
}

/** I-4: whoever was acknowledged is there, as the last acknowledged act left them. */
function checkUsers({ administrator, endings, judgement }: World, rows: readonly UserRow[]): void {
  const statuses = new Map(rows.map(({ id, status }) => [id, status]));
  const rolesOf = (id: string) =>
    rows.flatMap(({ id: user, role }) => (user === id && role !== null ? [role] : [])).join();
  for (const { id, disabled, roles } of [...administrator.users, ...endings.people]) {
    const status = statuses.get(id);
    judgement.expect('I-4', status !== undefined, `user ${id} was acknowledged and is not there`);
    if (disabled !== 'maybe')
      judgement.expect(
        'I-4',
        status === (disabled === 'yes' ? 'disabled' : 'active'),
        `user ${id} is ${status ?? 'gone'}, acknowledged: disabled ${disabled}`,
      );
    const found = rolesOf(id);
    judgement.expect(
      'I-4',
      found === roles.acknowledged || roles.maybe.has(found),
      `user ${id} has the roles (${found}), acknowledged: (${roles.acknowledged})`,
    );
  }
}

/** I-10: no transaction stays open. A few looks, since polls go on. */
async function checkNothingOpen({ judgement }: World, open: () => Promise<number>): Promise<void> {
  let least = Infinity;
  for (let look = 0; look < 20 && least > 0; look++) {
    least = Math.min(least, await open());
    if (least > 0) await sleep(100);
  }
  judgement.expect('I-10', least === 0, `${least} transactions stay open`);
}
