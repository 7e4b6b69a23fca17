import { createHash, randomBytes, randomUUID } from 'node:crypto';

const START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;

/** People, one a second, with the role `viewer`. @returns the ids */
export async function seedUsers(raw, count, { passwordHash = 'none', role = 'viewer' } = {}) {
  const ids = Array.from({ length: count }, () => randomUUID()).sort();
  const at = (i) => START + ((i * 7919) % count) * 1000;
  await raw.load(
    'principals',
    ['id', 'type', 'status', 'token_version', 'created_at'],
    rows(ids, (id, i) => [id, 'user', 'active', 1, at(i)]),
  );
  await raw.load(
    'users',
    [
      'id',
      'email',
      'username',
      'display_name',
      'password_hash',
      'password_changed_at',
      'search_text',
      'version',
      'created_at',
      'updated_at',
    ],
    rows(ids, (id, i) => {
      const name = `user${i}-${id.slice(0, 8)}`;
      return [
        id,
        `${name}@example.com`,
        name,
        `User ${i}`,
        passwordHash,
        at(i),
        `${name}@example.com ${name} user ${i}`,
        1,
        at(i),
        at(i),
      ];
    }),
  );
  if (role !== undefined) {
    await raw.load(
      'principal_roles',
      ['principal_id', 'role_name'],
      rows(ids, (id) => [id, role]),
    );
  }
  return ids;
}

/** Resources of nobody, one a second. @returns the ids */
export async function seedResources(raw, count) {
  const ids = Array.from({ length: count }, () => randomUUID()).sort();
  const at = (i) => START + ((i * 7919) % count) * 1000;
  await raw.load(
    'resources',
    [
      'id',
      'identifier',
      'name',
      'description',
      'owner_id',
      'actions',
      'search_text',
      'version',
      'created_at',
      'updated_at',
    ],
    rows(ids, (id, i) => {
      const identifier = `https://api${i}.example.com/${id}`;
      return [
        id,
        identifier,
        `API ${i}`,
        'Something to protect',
        null,
        '["read","write"]',
        `${identifier} api ${i} something to protect`,
        1,
        at(i),
        at(i),
      ];
    }),
  );
  return ids;
}

/** Live revocations of tokens, and the head that says that they are there. */
export async function seedRevocations(raw, count) {
  const now = Date.now();
  const expired = 9 * count; // and removed
  await raw.load(
    'revoked_tokens',
    [
      'revision',
      'kind',
      'subject',
      'min_version',
      'expires_at',
      'reason',
      'revoked_by',
      'created_at',
    ],
    rows(Array.from({ length: count }), (_, i) => [
      expired + i + 1,
      'token',
      randomBytes(16).toString('base64url'),
      null,
      now + DAY,
      'token_revoked',
      null,
      now,
    ]),
  );
  await raw.all(`UPDATE revocation_head SET revision = ${expired + count} WHERE id = 1`);
}

/** Sessions at their first generation. @returns what a refresh token of each is made from */
export async function seedSessions(raw, principals) {
  const now = Date.now();
  const sessions = principals.map((principalId) => ({
    id: randomUUID(),
    principalId,
    salt: randomBytes(16).toString('base64url'),
  }));
  await raw.load(
    'sessions',
    [
      'id',
      'principal_id',
      'generation',
      'secret_salt',
      'created_at',
      'rotated_at',
      'idle_expires_at',
      'absolute_expires_at',
      'auth_time',
      'amr',
      'user_agent',
      'ip',
      'ended_at',
      'end_reason',
    ],
    rows(sessions, ({ id, principalId, salt }) => [
      id,
      principalId,
      1,
      salt,
      now,
      now,
      now + 14 * DAY,
      now + 90 * DAY,
      now,
      'pwd',
      'bench',
      '127.0.0.1',
      null,
      null,
    ]),
  );
  return sessions;
}

/** A service account that may read one resource. @returns its credentials and the resource's identifier */
export async function seedService(raw) {
  const [id, credential, resource] = [randomUUID(), randomUUID(), randomUUID()];
  const secret = `sgs_${randomBytes(32).toString('base64url')}`;
  const hash = createHash('sha256').update(secret).digest('hex');
  const identifier = 'https://deployments.example.com/';
  const now = Date.now();
  const one = (table, row) => raw.load(table, Object.keys(row), [Object.values(row)]);
  await one('principals', {
    id,
    type: 'service',
    status: 'active',
    token_version: 1,
    created_at: now,
  });
  await one('service_accounts', {
    id,
    name: 'bench',
    description: 'bench',
    owner_id: null,
    search_text: 'bench',
    version: 1,
    created_at: now,
    updated_at: now,
  });
  // A use is noted once a minute; one that has just been, not again.
  await one('service_credentials', {
    id: credential,
    service_account_id: id,
    type: 'secret',
    secret_hash: hash,
    label: 'bench',
    created_at: now,
  });
  await one('resources', {
    id: resource,
    identifier,
    name: 'Deployments',
    description: 'bench',
    owner_id: null,
    actions: '["read","deploy"]',
    search_text: 'deployments',
    version: 1,
    created_at: now,
    updated_at: now,
  });
  await one('resource_grants', {
    id: randomUUID(),
    resource_id: resource,
    principal_id: id,
    role_name: null,
    actions: '["read"]',
    created_at: now,
  });
  return { id, secret, identifier };
}

function* rows(items, rowOf) {
  for (const [i, item] of items.entries()) yield rowOf(item, i);
}
