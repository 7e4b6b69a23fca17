/**
 * ES modules that CommonJS packages (light-my-request, @fastify/static) require. Node does that; jest
 * only from Node 24.9 on, so for jest they are made CommonJS. Goes away with Node 20 and 22.
 */
const REQUIRED_ES_MODULES = 'cookie|content-disposition';

/** swc and not ts-jest: it keeps decorator metadata, and types are `npm run typecheck`'s to judge. */
const transform = {
  [`/node_modules/(?:${REQUIRED_ES_MODULES})/.+\\.js$`]: [
    '@swc/jest',
    { swcrc: false, module: { type: 'commonjs' }, jsc: { target: 'es2023' } },
  ],
  '\\.ts$': [
    '@swc/jest',
    {
      swcrc: false,
      module: { type: 'es6' },
      sourceMaps: 'inline',
      jsc: {
        target: 'es2023',
        keepClassNames: true,
        parser: { syntax: 'typescript', decorators: true },
        // As in tsconfig.json: otherwise each absent optional field of a DTO is an own `undefined`.
        transform: {
          legacyDecorator: true,
          decoratorMetadata: true,
          useDefineForClassFields: false,
        },
      },
    },
  ],
};

/** What browsers, forged tokens and other people's code do is the same on every database, and is tried on one. */
const NO_DATABASE = [
  '/test/attacks/(?!keys|tokens-identity)',
  '/test/cookies-in-a-browser',
  '/test/docs-page',
  '/test/testing-package',
];

const project = (name, folder, globals = {}, ignored = []) => ({
  displayName: name,
  testEnvironment: 'node',
  roots: [`<rootDir>/${folder}`],
  testPathIgnorePatterns: ['/node_modules/', ...ignored],
  testRegex: String.raw`\.(e2e-spec|spec)\.ts$`,
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  setupFiles: ['reflect-metadata'],
  transform,
  transformIgnorePatterns: [`/node_modules/(?!(?:${REQUIRED_ES_MODULES})/)`],
  globals,
});

export default {
  // Each test of `test/` runs on both databases; test/support/databases.ts reads `signetDialect`.
  projects: [
    project('unit', 'src'),
    project('sqlite', 'test', { signetDialect: 'sqlite' }, ['/test/interop/']),
    project('mariadb', 'test', { signetDialect: 'mariadb' }, ['/test/interop/', ...NO_DATABASE]),
    // Other people's libraries; which database issued their tokens is nothing to them.
    project('interop', 'test/interop', { signetDialect: 'sqlite' }),
    // What consumers of tokens use; knows no database.
    project('packages', 'packages'),
  ],
  testTimeout: 60_000, // of all projects; jest does not read it from one
  // Memory grows with each file in ESM mode (jestjs/jest#14605): a worker that is this large starts anew.
  workerIdleMemoryLimit: '300MB',
  coverageProvider: 'v8',
  collectCoverageFrom: [
    'src/**/*.ts',
    'packages/*/src/**/*.ts',
    // The process itself: tests run it from build/, in a process of its own, where jest cannot count.
    '!src/main.ts',
    // Writes docs/ during development; nothing of it runs in the product.
    '!src/reference-docs.ts',
    '!**/*.spec.ts',
    '!**/*.d.ts',
  ],
  coverageDirectory: '.test-results/coverage',
  coverageReporters: ['json-summary', 'lcovonly', 'text'],
};
