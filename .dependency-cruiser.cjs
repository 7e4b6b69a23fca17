/** The order of docs/architecture.md. A folder imports only what stands before it. */
const ORDER = [
  'platform',
  'config',
  'access',
  'audit',
  'revocation',
  'keys',
  'principals',
  'tokens',
  'sessions',
  'roles',
  'users',
  'service-accounts',
  'auth',
  'setup',
  'resources',
  'oauth',
  'inspection',
  'operations',
  'schema',
];

const anyOf = (folders) => `^src/(?:${folders.join('|')})/`;

const upward = ORDER.slice(0, -1).map((folder, i) => ({
  name: `${folder}-is-below`,
  comment: `${folder} stands before these in docs/architecture.md, so it must not know them`,
  severity: 'error',
  from: { path: anyOf([folder]) },
  to: { path: anyOf(ORDER.slice(i + 1)) },
}));

module.exports = {
  forbidden: [
    ...upward,
    {
      name: 'nobody-imports-the-top',
      comment:
        'app, main and the other files directly in src/ compose; folders do not know of them',
      severity: 'error',
      from: { path: '^src/[^/]+/' },
      to: { path: '^(?:src/[^/]+\\.ts|ormconfig\\.ts)$' },
    },
    {
      name: 'app-does-not-know-main',
      severity: 'error',
      from: { path: '^src/app(?:\\.module)?\\.ts$' },
      to: { path: '^src/(?!app(?:\\.module)?\\.ts$)[^/]+\\.ts$' },
    },
    {
      name: 'every-folder-has-its-place',
      comment: 'a new folder of src/ needs a place in the order, here and in docs/architecture.md',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: anyOf(ORDER) },
      to: {},
    },
    {
      name: 'no-circle',
      comment: 'with decorators a circle of imports crashes at start (see docs/architecture.md)',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphan',
      comment: 'nobody imports it and it imports nothing: it is not part of anything',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.d\\.ts$', '\\.spec\\.ts$'] },
      to: {},
    },
    {
      name: 'no-tests-in-the-product',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { path: '(?:^test/|\\.spec\\.ts$)' },
    },
    {
      name: 'declared-dependencies-only',
      comment: 'the container is built without devDependencies',
      severity: 'error',
      from: { path: '^(?:src/|ormconfig\\.ts)', pathNot: '\\.spec\\.ts$' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Imports of types count as well: they are knowledge of a higher folder too.
    tsPreCompilationDeps: true,
    moduleSystems: ['es6', 'cjs'],
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
