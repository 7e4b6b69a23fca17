import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { SourceTextModule } from 'node:vm';
import { parse as parseJava } from 'java-parser';
import { Engine as PhpEngine } from 'php-parser';
import ts from 'typescript';

const ROOT = join(import.meta.dirname, '../..');

/**
 * Compiles what is in files of one name, as far as that goes without what it imports; PHP and Java are parsed.
 *
 * @throws Error with what the language has to say, or for a language that is not known here.
 */
export function compile(filename: string, codes: readonly string[]): void {
  const compiler = COMPILERS.get(extname(filename));
  if (compiler === undefined) throw new Error(`Nothing here can compile ${filename}`);
  compiler(codes);
}

const COMPILERS: ReadonlyMap<string, (codes: readonly string[]) => void> = new Map([
  ['.py', python],
  ['.mjs', javascript],
  ['.ts', typescript],
  ['.php', php],
  ['.java', java],
]);

/** As `python3 -m py_compile` does, in one process for all. */
function python(codes: readonly string[]): void {
  const script = `import json, sys\nfor code in json.load(sys.stdin): compile(code, "printed", "exec")`;
  execFileSync('python3', ['-c', script], { input: JSON.stringify(codes), stdio: 'pipe' });
}

/** As `node --check` does; nothing is linked or run. */
function javascript(codes: readonly string[]): void {
  for (const code of codes) new SourceTextModule(code);
}

function php(codes: readonly string[]): void {
  const engine = new PhpEngine({ parser: { version: '8.1', suppressErrors: false } });
  for (const code of codes) engine.parseCode(code, 'printed.php');
}

function java(codes: readonly string[]): void {
  for (const code of codes) parseJava(withoutUnicodeEscapes(code));
}

/**
 * What javac does before it reads anything else (JLS 3.3), and the parser does not, for the characters that end
 * a literal or begin an escape. Others mean nothing there, and the parser does not know all of them.
 */
function withoutUnicodeEscapes(code: string): string {
  return code.replaceAll(
    /(?<!\\)((?:\\\\)*)\\u+(00[0-7][0-9a-f])/gi,
    (_, before: string, unit: string) => before + String.fromCharCode(Number.parseInt(unit, 16)),
  );
}

/** What printed code imports, which takes longest to read. */
const imported = new Map<string, ts.SourceFile>();

/** With its types, as strictly as our own code, against the packages as they are in this folder. */
function typescript(codes: readonly string[]): void {
  const printed = new Map(
    codes.map((code, at) => [join(ROOT, `test/support/printed-${at}.ts`), code]),
  );
  const options = optionsOfThisRepository();
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (name) => printed.has(name) || disk.fileExists(name),
    readFile: (name) => printed.get(name) ?? disk.readFile(name),
    getSourceFile: (name, target) => {
      const code = printed.get(name);
      if (code !== undefined) return ts.createSourceFile(name, code, target);
      const file = imported.get(name) ?? disk.getSourceFile(name, target);
      if (file !== undefined) imported.set(name, file);
      return file;
    },
  };
  const program = ts.createProgram([...printed.keys()], options, host);
  for (const name of printed.keys()) {
    const [first] = ts.getPreEmitDiagnostics(program, program.getSourceFile(name));
    if (first !== undefined) throw new Error(ts.formatDiagnostic(first, host));
  }
}

function optionsOfThisRepository(): ts.CompilerOptions {
  const file = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (name) => readFileSync(name, 'utf8'));
  const { options } = ts.parseJsonConfigFileContent({ ...file.config, files: [] }, ts.sys, ROOT);
  // Its sources, which are there before it is built.
  const verifier = join(ROOT, 'packages/verifier/src');
  const paths = {
    '@signet/verifier': [join(verifier, 'index.ts')],
    '@signet/verifier/*': [join(verifier, 'adapters/*.ts')],
  };
  return { ...options, paths, noEmit: true };
}
