import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { encryptToken } from '../../../../src/tokens/encrypt.js';
import { readEncryptionKey } from '../../../../src/tokens/encryption-key.js';
import type { EncryptionKey } from '../../../../src/tokens/encryption-key.js';
import { readToken } from '../jws.js';
import type { Json } from '../jws.js';
import type { Forge } from '../probe/forged.js';
import { BAD_TOKENS } from './bad-tokens.js';
import type { BadToken, BadTokenName } from './bad-tokens.js';
import { MockClients } from './mock-clients.js';
import type { ClientCredentials } from './mock-clients.js';
import { MockEndpoints } from './mock-endpoints.js';
import { MockKeys } from './mock-keys.js';
import type { MockAlgorithm } from './mock-keys.js';
import { MockRefreshTokens } from './mock-refresh-tokens.js';
import { addressOf, close, listen, serve } from './mock-server.js';
import { Minter } from './minter.js';
import { NamedTokens } from './named-tokens.js';
import { DEFAULT_SUBJECT } from './token-request.js';
import type { ClockLike } from './test-clock.js';
import type { TokenRequest } from './token-request.js';

/** How a mock issuer is to be; nothing is required. */
export interface MockIssuerOptions {
  /** `iss`, without a slash at its end: the address of the server, or `http://signet.test` without one. */
  readonly issuer?: string;
  /** `aud` of tokens that ask for none: the identifier of the resource under test. The issuer when absent. */
  readonly audience?: string;
  /** ES256 when absent. The keys of RS256 and PS256 take a second or two to make. */
  readonly algorithm?: MockAlgorithm;
  /** Lifetime of tokens in seconds; 600 when absent. */
  readonly lifetime?: number;
  /** The system's when absent, so faked timers move it. */
  readonly clock?: ClockLike;
  /**
   * The clients that may call `/oauth/*`, by their ids: the secret of each, or the public JWK that verifies its
   * assertions. When absent, every client may, with any secret, and with an assertion that anybody has signed.
   */
  readonly clients?: ClientCredentials;
}

/** Signet's default, in seconds. */
const LIFETIME = 600;
const SYSTEM_CLOCK: ClockLike = { now: () => Date.now() };

/** A Signet that mints whatever a test asks for, with Signet's own code, and knows what was revoked. */
export class MockIssuer extends NamedTokens {
  private readonly refreshTokens = new MockRefreshTokens();
  private readonly endpoints: MockEndpoints;

  /** @internal */
  constructor(
    protected readonly minter: Minter,
    clients: MockIssuerOptions['clients'],
    private readonly server?: Server,
  ) {
    super();
    const { policy, clock } = minter;
    const callers = new MockClients(clients, policy.issuer, clock);
    this.endpoints = new MockEndpoints(minter, this.refreshTokens, callers);
    if (server !== undefined) serve(server, (request) => this.endpoints.answer(request));
  }

  /** `iss` of its tokens. */
  get issuer(): string {
    return this.minter.policy.issuer;
  }

  /** Where its public keys are. */
  get jwksUri(): string {
    return `${this.issuer}/.well-known/jwks.json`;
  }

  /** Its public keys (RFC 7517), for a verifier that takes them directly. */
  get jwks(): { readonly keys: readonly Json[] } {
    return JSON.parse(this.minter.keys.jwks) as { keys: Json[] }; // keySetOf writes just this
  }

  /** A refresh token, which no service may take for an access token. */
  refreshToken({ sub = DEFAULT_SUBJECT, sessionId = randomUUID() }: TokenRequest = {}): string {
    const now = Math.floor(this.minter.clock.now() / 1000);
    return this.refreshTokens.issue(sub, sessionId, now);
  }

  /** Each bad token there is, for a test of all of them. `revoked` is one only for who asks about revocations. */
  badTokens(request: TokenRequest = {}): readonly BadToken[] {
    const names = Object.keys(BAD_TOKENS) as BadTokenName[]; // no others are in it
    return names.map((name) => ({ name, what: BAD_TOKENS[name], token: this[name](request) }));
  }

  /**
   * The token as Signet encrypts it for a resource that has registered a public key, which is a JWK.
   *
   * @throws Error when Signet would not take the key.
   */
  async encrypted(token: string, publicJwk: object): Promise<string> {
    return encryptToken(token, encryptionKeyOf(publicJwk));
  }

  /**
   * Revokes a token; a refresh token takes its session along (RFC 7009 2.1).
   *
   * @throws Error when the token is none of this issuer's form.
   */
  revoke(token: string): void {
    const owner = this.refreshTokens.find(token);
    const id = owner === undefined ? readToken(token).claims.jti : owner.sid;
    if (typeof id !== 'string') throw new Error('A token without "jti" cannot be revoked');
    this.minter.revocations.add(id);
  }

  /** Ends a session (or a service's credential): every token with that `sid`, also future ones. */
  revokeSession(sid: string): void {
    this.minter.revocations.add(sid);
  }

  /** Revokes everything that was issued to somebody so far, as when they are disabled or lose a role. */
  revokeSubject(sub: string): void {
    this.minter.revocations.outdate(sub);
  }

  /** Lets the next key sign; tokens of the one before stay good. */
  rotate(): Promise<void> {
    return this.minter.keys.rotate();
  }

  /** Takes a key out of the key set, the one that signs when none is named: its tokens are no good any more. */
  async compromise(kid = this.minter.keys.active.kid): Promise<void> {
    await this.minter.keys.compromise(kid);
    this.minter.revocations.addKey(kid);
  }

  /**
   * Stands in for `fetch` where no server is wanted.
   *
   * @throws TypeError for an address that is not the issuer's: a test never reaches anybody else.
   */
  readonly fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    if (new URL(request.url).origin !== new URL(this.issuer).origin)
      throw new TypeError(`The mock issuer answers for ${this.issuer} only`);
    return this.endpoints.answer(request);
  };

  /** Stops listening; nothing to do without a server. */
  async close(): Promise<void> {
    if (this.server !== undefined) await close(this.server);
  }

  /** What a forger of its tokens has at hand. @internal */
  get forging(): Omit<Forge, 'good'> {
    const { active, stranger } = this.minter.keys;
    return { publicKey: active.publicKey, stranger };
  }
}

/** A mock issuer without a server: its tokens, its keys and its `fetch`. */
export async function createMockIssuer(options: MockIssuerOptions = {}): Promise<MockIssuer> {
  const minter = minterOf(options, await MockKeys.create(options.algorithm ?? 'ES256'));
  return new MockIssuer(minter, options.clients);
}

/**
 * A mock issuer that also listens, on the loopback address only, until it is closed.
 *
 * @param options.port Any free one when absent.
 * @throws Error when the port is taken, or the JWK of a client is none.
 */
export async function startMockIssuer(
  options: MockIssuerOptions & { readonly port?: number } = {},
): Promise<MockIssuer> {
  const keys = await MockKeys.create(options.algorithm ?? 'ES256');
  const server = await listen(options.port ?? 0);
  const minter = minterOf({ issuer: addressOf(server), ...options }, keys);
  try {
    return new MockIssuer(minter, options.clients, server);
  } catch (error) {
    await close(server); // nobody else could
    throw error;
  }
}

function minterOf(options: MockIssuerOptions, keys: MockKeys): Minter {
  const { issuer = 'http://signet.test', lifetime = LIFETIME, audience } = options;
  return new Minter(keys, options.clock ?? SYSTEM_CLOCK, {
    issuer,
    accessTokenTtl: lifetime * 1000,
    accessTokenNbf: true,
    statusLists: true,
    ...(audience === undefined ? {} : { audience }),
  });
}

function encryptionKeyOf(publicJwk: object): EncryptionKey {
  try {
    return readEncryptionKey(publicJwk);
  } catch (error) {
    throw new Error(`The key ${(error as Error).message}`, { cause: error }); // made to be completed so
  }
}
