import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { compile } from '../../../test/support/compilers.js';
import { packageVersion } from '../../platform/package-version.js';
import type { Consumer } from './consumer.js';
import { java, js, php, python } from './literals.js';
import { ONLY_PARSED } from './notes.js';
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

/** What tells teams how to get our packages. */
const DOCUMENTS = [
  'docs/for-consumers.md',
  'packages/verifier/README.md',
  'packages/testing/README.md',
];

const variants: readonly Consumer[] = [
  PLAIN,
  { ...PLAIN, isEncrypted: true },
  { ...PLAIN, issuer: 'http://signet.internal' },
  NASTY,
];

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
    const issuer = literal(PLAIN.issuer);
    const mistakes = [`${code}\n)`, code.replace(issuer, issuer.slice(0, -1))];
    for (const mistake of mistakes)
      expect(() => {
        compile(filename, [mistake]);
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

it('the configuration for Nest would not pass with a value of the wrong type', () => {
  const { filename, code } = TEMPLATES.nest(PLAIN);
  expect(() => {
    compile(filename, [code.replace('leeway: 7', "leeway: '7'")]);
  }).toThrow("Type 'string' is not assignable to type 'number'");
});

it('no configuration passes in a language that nothing here can compile', () => {
  expect(() => {
    compile('signet_auth.rb', []);
  }).toThrow('Nothing here can compile signet_auth.rb');
});

describe.each(CONSUMER_LIBRARIES)('the notes for %s', (library) => {
  const notes = (change: Partial<Consumer>) =>
    TEMPLATES[library]({ ...PLAIN, ...change }).notes.join(' ');

  it('say what it means that the issuer is not on https', () => {
    expect(notes({ issuer: 'http://signet.internal' })).toContain('not on https');
    for (const issuer of [PLAIN.issuer, 'http://127.0.0.1:3000', 'http://localhost:3000'])
      expect(notes({ issuer })).not.toContain('not on https');
  });

  it('name the other ways to learn of revocations', () => {
    const isOurs = ['nest', 'express', 'fastify'].includes(library);
    expect(notes({}).includes('statusLists(')).toBe(isOurs);
    expect(notes({}).includes('/v1/revocations/stream')).toBe(!isOurs);
  });
});

describe('what is said about running it', () => {
  it.each(CONSUMER_LIBRARIES)('is true of %s', (library) => {
    // test/interop runs the others, and says so as well.
    const isOnlyParsed = ['php-jwt', 'spring'].includes(library);
    expect(TEMPLATES[library](PLAIN).notes.includes(ONLY_PARSED)).toBe(isOnlyParsed);
  });
});

describe('how to install what it needs', () => {
  const isOurs = (library: ConsumerLibrary) => ['nest', 'express', 'fastify'].includes(library);

  it.each(CONSUMER_LIBRARIES.filter(isOurs))('is by the file that is packed, for %s', (library) => {
    const options = ['--dry-run', '--json', '--ignore-scripts', '--workspace=packages/verifier'];
    const packed = execFileSync('npm', ['pack', ...options], { encoding: 'utf8', stdio: 'pipe' });
    const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
    const { install, notes } = TEMPLATES[library](PLAIN);
    expect(install).toBe(`npm install ./${filename}`);
    expect(notes.join(' ')).toContain('npm pack -w packages/verifier');
  });

  it.each(CONSUMER_LIBRARIES)('is never by a name that is not ours on npm, for %s', (library) => {
    expect(TEMPLATES[library](PLAIN).install).not.toContain('@signet');
  });

  it.each(DOCUMENTS)('is said so in %s', (document) => {
    const text = readFileSync(document, 'utf8');
    expect(text.replaceAll('\n', ' ')).toContain('never from the public one');
    // Without --no, npx fetches what it does not find, from whoever has that name.
    expect(text).not.toMatch(/npm (?:install|i|add)\b[^\n]* @signet\/|npx signet/);
    const files = text.match(/npm install [^\n]*\.tgz/g) ?? [];
    for (const command of files) expect(command).toContain(`-${packageVersion()}.tgz`);
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
