import { deflateSync } from 'node:zlib';
import type { TestIssuer } from './issuer.js';
import { signWith } from './keys.js';
import type { TestKey } from './keys.js';
import { compact } from './tokens.js';
import type { TestClock } from './world.js';

const PATH = '/v1/status-lists/';
const LIST_BYTES = 16_384;
const LIFETIME = 60;

interface Named {
  keys: string[];
  principals: [string, number][];
  tokens: string[];
  credentials: string[];
}

/** What an issuer has revoked, as Signet publishes it; drift against Signet itself is found in test/status-lists.e2e-spec.ts. */
export class IssuedLists {
  revision = 0;
  namedRevision = 0;
  readonly named: Named = { keys: [], principals: [], tokens: [], credentials: [] };
  readonly lists = new Map<number, { revision: number; bits: Buffer }>();
  /** Signs what is served, instead of the issuer's key. */
  signer: TestKey;
  /** How old the issuer's knowledge is, in seconds. */
  age = 0;
  /** What differs in the claims and headers of what is served, by its path. */
  readonly changes = new Map<string, { claims?: object; header?: object }>();

  constructor(
    private readonly issuer: TestIssuer,
    private readonly key: TestKey,
    private readonly clock: TestClock,
  ) {
    this.signer = key;
    this.serve('digest', 'signet-digest+jwt', () => ({
      revision: this.revision,
      lists: [...this.lists].map(([list, { revision }]) => [list, revision]),
      named: this.namedRevision,
    }));
    this.serve('named', 'signet-named+jwt', () => ({
      revision: this.namedRevision,
      ...this.named,
    }));
    for (let list = 0; list < 3; list++) {
      this.serve(`${list}`, 'statuslist+jwt', () => {
        const { revision = 0, bits = Buffer.alloc(LIST_BYTES) } = this.lists.get(list) ?? {};
        return { revision, status_list: { bits: 1, lst: deflateSync(bits).toString('base64url') } };
      });
    }
  }

  /** Revokes the session of an index. */
  revoke(list: number, index: number): void {
    const { bits } = this.lists.get(list) ?? { bits: Buffer.alloc(LIST_BYTES) };
    bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
    this.lists.set(list, { revision: ++this.revision, bits });
  }

  /** Revokes by name. */
  name(change: Partial<Named>): void {
    Object.assign(this.named, change);
    this.namedRevision = ++this.revision;
  }

  /** How often a document was asked for. */
  count(path: string): number {
    return this.issuer.count(PATH + path);
  }

  /** All requests for documents so far. */
  get requests(): number {
    return this.issuer.seen.filter(({ path }) => path.startsWith(PATH)).length;
  }

  /** What is served now at a path, to be served again later. */
  async record(path: string): Promise<() => void> {
    const response = await fetch(`${this.issuer.url}${PATH}${path}`);
    const body = await response.text();
    const headers = { 'content-type': response.headers.get('content-type') ?? '' };
    return () => this.issuer.handlers.set(PATH + path, () => ({ body, headers }));
  }

  /** From now on there is no answer. */
  fail(): () => void {
    const paths = ['digest', 'named', '0', '1', '2'];
    const mend = paths.map((path) => this.issuer.fail(PATH + path));
    return () => {
      for (const one of mend) one();
    };
  }

  private serve(path: string, typ: string, content: () => object): void {
    this.issuer.handlers.set(PATH + path, ({ headers }) => {
      const { claims = {}, header = {} } = this.changes.get(path) ?? {};
      const iat = Math.floor(this.clock.now() / 1000) - this.age;
      const tag = `W/"${this.revision}.${iat}.${this.signer.kid}"`;
      if (headers['if-none-match'] === tag) return { status: 304, body: '' };
      const { alg, kid } = this.key;
      const { url } = this.issuer;
      const common = { iss: url, sub: `${url}${PATH}${path}`, iat, exp: iat + LIFETIME, ttl: 5 };
      const body = compact(
        { alg, typ, kid, ...header },
        { ...common, ...content(), ...claims },
        signWith(this.signer, this.signer.alg),
      );
      return { body, headers: { 'content-type': `application/${typ}`, etag: tag } };
    });
  }
}
