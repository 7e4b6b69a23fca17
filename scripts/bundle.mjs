/**
 * Puts the compiled server and what it needs of node_modules into a few files: `build/signet/`. Node reads
 * those in half the time that it takes for two thousand small ones, and keeps less of them in memory.
 *
 *   node scripts/bundle.mjs
 */
import { realpathSync } from 'node:fs';
import { readFile, readdir, rm, stat } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const KEPT_MS = 24 * 60 * 60 * 1000;
const ROOT = fileURLToPath(new URL('..', import.meta.url));

const EXTERNAL = [
  // They load files that lie beside them: compiled code, or the pages of Swagger UI.
  ...['better-sqlite3', '@node-rs/argon2', 'swagger-ui-dist', '*.node'],
  // Nest looks for these, and does without them.
  ...['@nestjs/microservices', '@nestjs/websockets', '@nestjs/platform-express'],
  ...['@fastify/view', '@fastify/multipart', 'class-transformer/storage'],
];

/** What CommonJS finds without importing it. */
const COMMONJS = `import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);
const __filename = import.meta.filename;
const __dirname = import.meta.dirname;`;

/**
 * Bundles programs; each is started with `node <outdir>/<name>.js`.
 *
 * @param {Record<string, string>} programs the file of each, by name
 * @param {string} outdir
 */
export async function bundle(programs, outdir) {
  const { metafile } = await build({
    metafile: true,
    absWorkingDir: ROOT,
    entryPoints: programs,
    outdir,
    bundle: true,
    splitting: true, // what is imported when it is needed stays a file of its own
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: EXTERNAL,
    plugins: [ownNames, lateImports, otherDatabases, oneValidator],
    banner: { js: COMMONJS },
    sourcemap: 'linked', // read only with --enable-source-maps, which costs a tenth of a second and 15 MiB
    sourcesContent: false,
    logLevel: 'warning',
  });
  await forgetOld(
    join(ROOT, outdir),
    new Set(Object.keys(metafile.outputs).map((file) => basename(file))),
  );
}

/**
 * Removes what earlier builds left, but for what is younger than a day: a process that was started from it
 * may not have loaded all of it yet.
 */
async function forgetOld(folder, current) {
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    if (current.has(name)) continue;
    if (Date.now() - (await stat(file)).mtimeMs > KEPT_MS) await rm(file);
  }
}

/**
 * Where two modules have a class of the same name, one is renamed, and with it a schema of the API. esbuild's
 * `keepNames` names every function instead, also those made for each request, which then takes a third longer.
 */
const ownNames = {
  name: 'own-names',
  setup({ onLoad }) {
    onLoad({ filter: /\/dist\/src\/.*\.js$/ }, async ({ path }) => {
      const contents = await readFile(path, 'utf8');
      const classes = contents.matchAll(/^(?:export )?(?:let \w+ = (?:\w+ = )?)?class (\w+)/gm);
      const naming = Array.from(
        classes,
        // Printed code has classes, too, at the beginning of a line.
        ([, name]) =>
          `if (typeof ${name} === 'function') Object.defineProperty(${name}, 'name', { value: '${name}', configurable: true });\n`,
      );
      const [code, map = ''] = contents.split(/^(?=\/\/# sourceMappingURL=)/m);
      return { contents: code + naming.join('') + map };
    });
  },
};

/**
 * `import()` of a CommonJS package has members by name, which Node finds by looking through it; esbuild
 * would give `default` only.
 */
const lateImports = {
  name: 'late-imports',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind, namespace, resolveDir }) => {
      const isLate =
        kind === 'dynamic-import' && namespace === 'file' && isInstalled(path, resolveDir);
      if (!isLate || isBuiltin(path)) return undefined;
      return { path, namespace: 'late', pluginData: { resolveDir } };
    });
    onLoad({ filter: /.*/, namespace: 'late' }, async ({ path, pluginData: { resolveDir } }) => {
      const names = Object.keys(await import(path)).filter((name) => /^[a-z_$][\w$]*$/i.test(name));
      const members = names.map(
        (name) => `const _${name} = all.${name}; export { _${name} as ${name} };`,
      );
      const contents = [`import * as all from '${path}';`, ...members].join('\n');
      return { contents, resolveDir };
    });
  },
};

function isInstalled(path, folder) {
  try {
    createRequire(join(folder, 'any.js')).resolve(path);
    return true;
  } catch {
    return false;
  }
}

const OWN_DATABASES = /driver\/(?:better-sqlite3|sqlite-abstract|mysql|types)\//;

/** TypeORM brings the drivers of all databases, a third of the whole; of those that Signet does not speak only the names are left. */
const otherDatabases = {
  name: 'other-databases',
  setup({ onLoad }) {
    onLoad({ filter: /typeorm\/driver\/[^/]+\/.*\.js$/ }, async ({ path }) => {
      if (OWN_DATABASES.test(path)) return undefined;
      const names = (await readFile(path, 'utf8')).matchAll(/^exports\.(\w+) = /gm);
      const classes = Array.from(names, ([, name]) => `exports.${name} = class {};`);
      return { contents: classes.join('\n') };
    });
  },
};

/** Nest's mapped types look for class-validator outside of the bundle, and would load it a second time. */
const oneValidator = {
  name: 'one-validator',
  setup({ onLoad }) {
    onLoad({ filter: /mapped-types\/dist\/type-helpers\.utils\.js$/ }, async ({ path }) => {
      const contents = await readFile(path, 'utf8');
      const own = /^import \{ createRequire \} .*\nconst require = createRequire.*\n/m;
      if (!own.test(contents)) throw new Error(`${path} is no longer as this script knows it`);
      return { contents: contents.replace(own, '') };
    });
  },
};

if (realpathSync(process.argv[1]) === import.meta.filename) {
  await bundle(
    { main: 'dist/src/main.js', 'finish-restore': 'dist/src/finish-restore.js' },
    'build/signet',
  );
}
