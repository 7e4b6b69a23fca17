/** What Signet's own routes ask for. Roles may hold others too, which mean something to other services. */
export const PERMISSIONS = [
  'users:read',
  'users:write',
  'roles:read',
  'roles:write',
  'resources:read',
  'resources:write',
  'resources:manage',
  'resources:check',
  'revocations:read',
  'revocations:write',
  'audit:read',
  'service-accounts:read',
  'service-accounts:write',
  'keys:read',
  'keys:write',
  'tokens:explain',
  'tokens:introspect',
  'tokens:exchange',
] as const;

export type Permission = (typeof PERMISSIONS)[number];

/** `noun:verb`. No spaces, since permissions travel in the `scope` claim. */
export const PERMISSION_PATTERN = /^[a-z][a-z0-9-]{0,30}:[a-z][a-z0-9-]{0,30}$/;
export const PERMISSION_MAX = 63;

/** The names of roles. No commas or spaces, so that lists of them can be joined. */
export const ROLE_NAME_PATTERN = /^[a-z][a-z0-9-]{0,47}$/;
export const ROLE_NAME_MAX = 48;

/** The role that cannot be lost: there is always an enabled user who has it. */
export const ADMIN_ROLE = 'admin';

/** The roles that exist from the start. */
export const BUILT_IN_ROLES: readonly {
  readonly name: string;
  readonly description: string;
  readonly permissions: readonly Permission[];
}[] = [
  { name: ADMIN_ROLE, description: 'May do everything', permissions: PERMISSIONS },
  {
    name: 'editor',
    description: 'Registers resources and manages its own',
    permissions: ['resources:read', 'resources:write'],
  },
  {
    name: 'viewer',
    description: 'Reads the registry of resources',
    permissions: ['resources:read'],
  },
];
