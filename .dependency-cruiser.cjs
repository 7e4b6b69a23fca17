/** The order of docs/architecture.md. A folder imports only what stands before it. */
const ORDER = [
  'platform',
  'config',
  'access',
  'audit',
  'revocation',
  'keys',
  'status-lists',
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
      name: 'the-server-knows-no-package',
      comment: 'packages/ is for those who consume tokens; the server is built without it',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^packages/' },
    },
    {
      name: 'the-verifier-stands-alone',
      comment:
        'it is published by itself, so it may import nothing of the server or of another package',
      severity: 'error',
      from: { path: '^packages/verifier/src/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(?:src|test|packages/(?!verifier/src/)[^/]+)/' },
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
      from: { orphan: true, pathNot: ['\\.d\\.ts$', '\\.spec\\.ts$', '/examples/', '/bin/'] },
      to: {},
    },
    {
      name: 'no-tests-in-the-product',
      severity: 'error',
      from: { path: '^(?:src/|packages/[^/]+/src/)', pathNot: '\\.spec\\.ts$' },
      to: { path: '(?:^test/|^packages/[^/]+/test/|\\.spec\\.ts$)' },
    },
    {
      name: 'declared-dependencies-only',
      comment: 'the container is built, and a package installed, without devDependencies',
      severity: 'error',
      from: { path: '^(?:src/|packages/[^/]+/src/|ormconfig\\.ts)', pathNot: '\\.spec\\.ts$' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        // A peer is there, or whoever imports the part that needs it knows what is missing.
        dependencyTypesNot: ['type-only', 'npm-peer'],
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
    exclude: { path: '^packages/[^/]+/dist/' },
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
