import { execFileSync } from 'node:child_process';
import { SourceTextModule } from 'node:vm';
import ts from 'typescript';
import { describe, expect, it } from '@jest/globals';
import type { Consumer } from './consumer.js';
import { java, js, php, python } from './literals.js';
import { CONSUMER_LIBRARIES, TEMPLATES } from './templates.js';
import type { ConsumerLibrary } from './templates.js';

const PLAIN: Consumer = {
  issuer: 'https://id.example.com',
  audience: 'https://billing.example.com',
  jwksUri: 'https://id.example.com/.well-known/jwks.json',
  introspectionUri: 'https://id.example.com/oauth/introspect',
  algorithms: ['ES256', 'RS256'],
  jwksMaxAge: 4321,
  leeway: 7,
  maxLifetime: 1234,
  isEncrypted: false,
};

/** Allowed characters of an identifier, and some that no identifier can have. */
const NASTY: Consumer = {
  ...PLAIN,
  issuer: `https://id.example.com/'"\\`,
  audience: `urn:x:'";system('id');//*/?>\${x}#{y}\`\n\u2028"""'''\\u0022`,
  jwksUri: `https://id.example.com/';"`,
  introspectionUri: `https://id.example.com/"+x+'`,
};

const LITERALS: Readonly<Record<ConsumerLibrary, (value: string) => string>> = {
  'flask-jwt-extended': python,
  'python-jose': python,
  pyjwt: python,
  'php-jwt': php,
  spring: java,
  'express-jwt': js,
  jose: js,
  nest: js,
  express: js,
  fastify: js,
};
const VALUES = ['issuer', 'audience', 'jwksUri', 'introspectionUri'] as const;

const variants: readonly Consumer[] = [
  PLAIN,
  { ...PLAIN, isEncrypted: true },
  { ...PLAIN, issuer: 'http://signet.internal' },
  NASTY,
];

/** @throws Error with what the language has to say. */
function compile(filename: string, codes: readonly string[]): void {
  if (filename.endsWith('.py')) {
    // As `python3 -m py_compile` does, in one process for all.
    const script = `import json, sys\nfor code in json.load(sys.stdin): compile(code, "printed", "exec")`;
    execFileSync('python3', ['-c', script], { input: JSON.stringify(codes), stdio: 'pipe' });
  }
  for (const code of codes) {
    // As `node --check` does; nothing is linked or run.
    if (filename.endsWith('.mjs')) expect(new SourceTextModule(code).status).toBe('unlinked');
    if (filename.endsWith('.ts')) {
      const { diagnostics = [] } = ts.transpileModule(code, {
        reportDiagnostics: true,
        compilerOptions: { experimentalDecorators: true, module: ts.ModuleKind.ESNext },
      });
      expect(diagnostics.map(({ messageText }) => messageText)).toEqual([]);
    }
  }
}

describe.each(CONSUMER_LIBRARIES)('the configuration for %s', (library) => {
  const literal = LITERALS[library];

  it('names exactly this issuer, this resource, these addresses and these limits', () => {
    const { code } = TEMPLATES[library](PLAIN);
    for (const name of VALUES) expect(code).toContain(literal(PLAIN[name]));
    for (const algorithm of PLAIN.algorithms) expect(code).toContain(literal(algorithm));
    expect(code).toMatch(/\b7\b/);
    expect(code).toMatch(/\b1234\b/);
    expect(code).toMatch(/\b4321\b/);
  });

  it('takes who asks for revocations from the environment', () => {
    const { code, notes } = TEMPLATES[library](PLAIN);
    for (const name of ['SIGNET_CLIENT_ID', 'SIGNET_CLIENT_SECRET']) {
      expect(code).toContain(name);
      expect(notes.join(' ')).toContain(name);
    }
  });

  it('compiles, whatever the values and the variant', () => {
    const printed = variants.map((consumer) => TEMPLATES[library](consumer));
    compile(
      printed[0]?.filename ?? '',
      printed.map(({ code }) => code),
    );
  });

  it('would not pass with a mistake in it', () => {
    const { filename, code } = TEMPLATES[library](PLAIN);
    if (/\.(?:py|mjs|ts)$/.test(filename))
      expect(() => {
        compile(filename, [`${code}\n)`]);
      }).toThrow();
  });

  it('has values in literals only, so that none becomes code', () => {
    const without = (consumer: Consumer) =>
      VALUES.reduce(
        (code, name) => code.replaceAll(literal(consumer[name]), `<${name}>`),
        TEMPLATES[library](consumer).code,
      );
    expect(without(NASTY)).toBe(without(PLAIN));
    for (const name of VALUES) expect(without(NASTY)).toContain(`<${name}>`);
  });

  it('is shown whole by the API', () => {
    const { filename, install, code, notes } = TEMPLATES[library](NASTY);
    expect(filename).toMatch(/^[A-Za-z.-]+_?[A-Za-z.-]+$/);
    expect(install.length).toBeLessThanOrEqual(256);
    expect(code.length).toBeLessThan(20_000);
    expect(code.endsWith('}\n') || library.includes('py') || library.includes('flask')).toBe(true);
    for (const note of notes) expect(note.length).toBeLessThanOrEqual(1024);
    expect(new Set(notes).size).toBe(notes.length);
  });

  it('decrypts, or says that it does not', () => {
    const { code, notes } = TEMPLATES[library]({ ...PLAIN, isEncrypted: true });
    expect(notes.join(' ')).toContain('encrypted');
    const decrypts = ['jose', 'nest', 'express', 'fastify'].includes(library);
    expect(code.includes('RESOURCE_PRIVATE_KEY')).toBe(decrypts);
    expect(notes.join(' ').includes('does not decrypt')).toBe(!decrypts);
    expect(TEMPLATES[library](PLAIN).notes.join(' ')).not.toContain('encrypted');
  });
});

describe('what a library does not know', () => {
  const unknown = (library: ConsumerLibrary, algorithm: string) =>
    TEMPLATES[library]({ ...PLAIN, algorithms: [algorithm] }).notes.some((note) =>
      note.includes(`does not know ${algorithm}`),
    );

  it.each(['php-jwt', 'python-jose'] as const)('is said: PS256 to %s', (library) => {
    expect(unknown(library, 'PS256')).toBe(true);
    for (const known of ['ES256', 'ES384', 'RS256']) expect(unknown(library, known)).toBe(false);
  });
});
