import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import type { TestApp, TestUser } from './app.js';
import type { Answer, Call } from './http.js';

export const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const KEY_ID = 'key-1';

type Form = Readonly<Record<string, string>>;

/** The claims of a token, unverified. */
export interface Claims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
  readonly exp: number;
  readonly nbf: number;
  readonly iat: number;
  readonly jti: string;
  readonly client_id: string;
  readonly sid: string;
  readonly auth_time?: number;
  readonly amr?: readonly string[];
  readonly acr?: string;
  readonly roles: readonly string[];
  readonly scope: string;
  readonly ver: number;
  readonly act?: { readonly sub: string; readonly sid: string; readonly ver: number };
  readonly user_claims?: Readonly<Record<string, unknown>>;
  readonly status?: { readonly status_list: { readonly idx: number; readonly uri: string } };
}

export function claimsOf(token: string): Claims {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Claims;
}

/** A service account with a credential of each kind. */
export interface TestService {
  readonly id: string;
  readonly credentialId: string;
  readonly secret: string;
  readonly key: KeyObject;
  /** The credential of the key. */
  readonly keyCredentialId: string;
}

export interface TestResource {
  readonly id: string;
  readonly identifier: string;
}

let count = 0;

/** The OAuth endpoints of an application, and the things that tests of them need. */
export class OAuth {
  constructor(readonly app: TestApp) {}

  /** @throws Error unless it is made. */
  private async make<T>(path: string, body: object): Promise<T> {
    const { token } = await this.app.admin();
    const answer = await this.app.api('POST', path, { token, body });
    if (answer.status !== 201)
      throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body as T; // as the conformance check has proved
  }

  /** As the administrator. @throws Error unless it succeeds. */
  async admin(method: string, path: string, body?: object): Promise<void> {
    const { token } = await this.app.admin();
    const call = body === undefined ? { token } : { token, body };
    const { status, body: told } = await this.app.api(method, path, call);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(told)}`);
  }

  /** A service account that holds the permissions, through a role of its own. */
  async service(
    permissions: readonly string[] = [],
    credential: object = {},
  ): Promise<TestService> {
    const name = `service-${++count}`;
    const roles = permissions.length === 0 ? [] : [await this.role(permissions)];
    const { id } = await this.make<{ id: string }>('/v1/service-accounts', { name, roles });
    const path = `/v1/service-accounts/${id}/credentials`;
    const bySecret = await this.make<{ id: string; secret: string }>(path, {
      type: 'secret',
      ...credential,
    });
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: KEY_ID, alg: 'ES256', use: 'sig' };
    const byKey = await this.make<{ id: string }>(path, {
      type: 'public-key',
      jwks: { keys: [jwk] },
      ...credential,
    });
    return {
      id,
      credentialId: bySecret.id,
      secret: bySecret.secret,
      key: privateKey,
      keyCredentialId: byKey.id,
    };
  }

  async role(permissions: readonly string[]): Promise<string> {
    const name = `oauth-role-${++count}`;
    await this.make('/v1/roles', { name, permissions });
    return name;
  }

  /** A resource with the actions read, write and deploy. */
  async resource(body: object = {}): Promise<TestResource> {
    const identifier = `https://api-${++count}.example.com`;
    return this.make('/v1/resources', {
      identifier,
      name: 'API',
      actions: ['read', 'write', 'deploy'],
      ...body,
    });
  }

  async grant(
    resource: TestResource,
    type: 'user' | 'service' | 'role',
    id: string,
    actions: readonly string[],
    more: object = {},
  ): Promise<void> {
    const body = { principal: { type, id }, actions, ...more };
    await this.make(`/v1/resources/${resource.id}/grants`, body);
  }

  post(path: string, form: Form, call: Call = {}): Promise<Answer> {
    return this.app.api('POST', `/oauth/${path}`, { form, ...call });
  }

  /** As the client, by HTTP Basic. */
  as(service: TestService, path: string, form: Form, call: Call = {}): Promise<Answer> {
    const headers = { ...call.headers, ...basic(service.id, service.secret) };
    return this.post(path, form, { ...call, headers });
  }

  /** By client credentials. */
  token(service: TestService, form: Form = {}): Promise<Answer> {
    return this.as(service, 'token', { grant_type: 'client_credentials', ...form });
  }

  /** @throws Error unless there is a token. */
  async tokenOf(service: TestService, form: Form = {}): Promise<string> {
    return accessTokenOf(await this.token(service, form));
  }

  /** A person exchanges; with a service, that one does, to act for the person. */
  exchange(subjectToken: string, form: Form, service?: TestService): Promise<Answer> {
    const all = {
      grant_type: EXCHANGE,
      subject_token: subjectToken,
      subject_token_type: ACCESS_TOKEN,
      ...form,
    };
    return service === undefined ? this.post('token', all) : this.as(service, 'token', all);
  }

  /** @throws Error unless there is a token. */
  async exchanged(
    user: Pick<TestUser, 'token'>,
    resource: TestResource,
    service?: TestService,
  ): Promise<string> {
    return accessTokenOf(
      await this.exchange(user.token, { resource: resource.identifier }, service),
    );
  }

  introspect(service: TestService, token: string, form: Form = {}): Promise<Answer> {
    return this.as(service, 'introspect', { token, ...form });
  }

  async isActive(service: TestService, token: string): Promise<boolean> {
    const { status, body } = await this.introspect(service, token);
    if (status !== 200) throw new Error(`Introspection: ${status} ${JSON.stringify(body)}`);
    return (body as { active: boolean }).active;
  }

  revoke(service: TestService, token: string, form: Form = {}): Promise<Answer> {
    return this.as(service, 'revoke', { token, ...form });
  }

  /** An assertion of the service (RFC 7523), with other claims where a test says so. */
  assertion(service: TestService, claims: Record<string, unknown> = {}): Promise<string> {
    const now = Math.floor(this.app.clock.now() / 1000);
    return new SignJWT({
      iss: service.id,
      sub: service.id,
      aud: this.app.settings.issuer,
      iat: now,
      exp: now + 60,
      jti: randomUUID(),
      ...claims,
    })
      .setProtectedHeader({ alg: 'ES256', kid: KEY_ID })
      .sign(service.key);
  }

  me(token: string): Promise<Answer> {
    return this.app.api('GET', '/v1/auth/me', { token });
  }
}

export function basic(id: string, secret: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` };
}

/** @throws Error unless there is a token. */
export function accessTokenOf({ status, body }: Answer): string {
  if (status !== 200) throw new Error(`No token: ${status} ${JSON.stringify(body)}`);
  return (body as { access_token: string }).access_token;
}
