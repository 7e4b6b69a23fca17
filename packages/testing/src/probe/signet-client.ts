import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Json } from '../jws.js';
import { CannotTell } from './token-source.js';

/** A Signet, and a service account of it. */
export interface SignetAccount {
  /** `ISSUER_URL` of the Signet. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Stands in for the global one. */
  readonly fetch?: typeof fetch;
}

/** What Signet gives for the credentials of a service account. */
export interface GrantedToken {
  readonly token: string;
  /** Seconds. */
  readonly lifetime: number;
}

/** What the probe asks of a real Signet. Credentials go to addresses of the issuer's own origin only. */
export class SignetClient {
  private constructor(
    private readonly account: SignetAccount,
    private readonly metadata: Json,
  ) {}

  /** @throws Error when the issuer does not answer as itself (RFC 8414 3.3). */
  static async connect(account: SignetAccount): Promise<SignetClient> {
    const { origin, pathname } = new URL(account.issuer);
    const path = pathname === '/' ? '' : pathname;
    const address = `${origin}/.well-known/oauth-authorization-server${path}`;
    const metadata = await read(account, address);
    if (metadata.issuer !== account.issuer)
      throw new Error(`The metadata at ${address} is not of ${account.issuer}`);
    return new SignetClient(account, metadata);
  }

  /** A token by `client_credentials`; for Signet's own API when no resource is named. @throws CannotTell when refused. */
  async token(resource: string | undefined, scope: string | undefined): Promise<GrantedToken> {
    const answer = await this.post('token_endpoint', {
      grant_type: 'client_credentials',
      ...(resource === undefined ? {} : { resource }),
      ...(scope === undefined ? {} : { scope }),
    });
    const body = (await answer.json()) as Json; // an object, or the checks below fail
    const { access_token: token, expires_in: lifetime } = body;
    if (typeof token !== 'string' || typeof lifetime !== 'number')
      throw new Error('The token endpoint gave no token');
    return { token, lifetime };
  }

  /** RFC 7009. @throws CannotTell when refused. */
  async revoke(token: string): Promise<void> {
    await this.post('revocation_endpoint', { token });
  }

  /** The public key of that id. @throws Error when there is none. */
  async publicKey(kid: unknown): Promise<{ readonly algorithm: string; readonly key: KeyObject }> {
    const { keys } = await read(this.account, this.endpoint('jwks_uri'));
    const set = Array.isArray(keys) ? (keys as readonly Json[]) : [];
    const jwk = set.find((each) => each.kid === kid);
    if (typeof jwk?.alg !== 'string') throw new Error('The key of the token is in no key set');
    return { algorithm: jwk.alg, key: createPublicKey({ key: { ...jwk }, format: 'jwk' }) };
  }

  private endpoint(name: string): string {
    const address = this.metadata[name];
    const { origin } = new URL(this.account.issuer);
    if (typeof address !== 'string' || !URL.canParse(address) || new URL(address).origin !== origin)
      throw new Error(`The issuer has no ${name} at its own origin`);
    return address;
  }

  private async post(endpoint: string, form: Readonly<Record<string, string>>): Promise<Response> {
    const { clientId, clientSecret } = this.account;
    const answer = await ask(this.account, this.endpoint(endpoint), {
      method: 'POST',
      headers: { authorization: basic(clientId, clientSecret) },
      body: new URLSearchParams(form),
    });
    if (!answer.ok)
      throw new CannotTell(
        `Signet answered ${answer.status}${await reasonOf(answer)} at ${endpoint}`,
      );
    return answer;
  }
}

async function read(account: SignetAccount, address: string): Promise<Json> {
  const answer = await ask(account, address);
  const body: unknown = answer.ok ? await answer.json() : undefined;
  if (typeof body !== 'object' || body === null)
    throw new Error(`${address} answered ${answer.status}, and no JSON object`);
  return body as Json; // checked in the line before
}

async function ask(
  { fetch: send = fetch }: SignetAccount,
  address: string,
  init: RequestInit = {},
): Promise<Response> {
  try {
    return await send(address, {
      ...init,
      redirect: 'error',
      signal: AbortSignal.timeout(10_000),
    });
  } catch (error) {
    const { cause, message } = error as Error & { readonly cause?: { readonly message?: string } }; // fetch throws these
    throw new Error(`${address} gave no answer: ${cause?.message ?? message}`, { cause: error });
  }
}

/** RFC 6749 2.3.1: both are form-encoded before they are joined. */
function basic(id: string, secret: string): string {
  const encode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1);
  return `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64')}`;
}

/** OAuth's word for it (RFC 6749 5.2), when there is one. */
async function reasonOf(answer: Response): Promise<string> {
  const [, word] = /"error"\s*:\s*"([a-z_]{1,40})"/.exec(await answer.text()) ?? [];
  return word === undefined ? '' : ` ${word}`;
}
