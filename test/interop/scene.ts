import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { startTestApp } from '../support/app.js';
import type { TestApp, TestUser } from '../support/app.js';
import { freePort } from '../support/process.js';
import { Consumer, WEAK } from './consumer.js';
import type { Library } from './consumer.js';

export const AUDIENCE = 'https://billing.example.com';
/** Inside the repository, so that the programs find its packages. */
const FOLDER = join(import.meta.dirname, '../../.test-results');

/** A resource that teams protect, somebody who may read it, and a service that asks about its tokens. */
export class Scene {
  constructor(
    readonly app: TestApp,
    readonly resourceId: string,
    readonly user: TestUser,
    readonly environment: Readonly<Record<string, string>>,
    readonly folder: string,
  ) {}

  static async build(algorithm: string): Promise<Scene> {
    const port = await freePort();
    const app = await startTestApp({
      settings: {
        SIGNING_ALGORITHM: algorithm,
        PORT: `${port}`,
        ISSUER_URL: `http://127.0.0.1:${port}`,
      },
    });
    const { token } = await app.admin();
    const make = async (path: string, body: object) => {
      const answer = await app.api('POST', path, { token, body });
      expect({ path, status: answer.status, body: answer.body }).toMatchObject({ status: 201 });
      return answer.body as Record<string, string>;
    };
    const service = await make('/v1/service-accounts', { name: 'billing', roles: [] });
    const credential = await make(`/v1/service-accounts/${service['id'] ?? ''}/credentials`, {
      type: 'secret',
      label: 'billing',
    });
    const resource = await make('/v1/resources', {
      identifier: AUDIENCE,
      name: 'Billing',
      actions: ['read', 'deploy'],
      ownerId: service['id'],
    });
    const user = await app.createUser();
    const grants = `/v1/resources/${resource['id'] ?? ''}/grants`;
    await make(grants, { principal: { type: 'user', id: user.id }, actions: ['read'] });
    mkdirSync(FOLDER, { recursive: true });
    return new Scene(
      app,
      resource['id'] ?? '',
      user,
      {
        SIGNET_CLIENT_ID: service['id'] ?? '',
        SIGNET_CLIENT_SECRET: credential['secret'] ?? '',
      },
      mkdtempSync(join(FOLDER, 'interop-')),
    );
  }

  /** A token of the user's for the resource, got as their front end would. */
  async token(subjectToken = this.user.token, resource = AUDIENCE): Promise<string> {
    const response = await fetch(`${this.app.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: subjectToken,
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        resource,
      }),
    });
    const body = (await response.json()) as { access_token?: string };
    expect({ status: response.status, body }).toMatchObject({ status: 200 });
    return body.access_token ?? '';
  }

  async start(library: Library, more: Readonly<Record<string, string>> = {}): Promise<Consumer> {
    if (library === WEAK) return this.run(library, { filename: 'none', code: '' }, more);
    return this.run(library, await this.printed(library), more);
  }

  /** The same, but for whom it asks about revocations: somebody else at an address. */
  async startAsking(address: string, library: Library): Promise<Consumer> {
    const { filename, code } = await this.printed(library);
    const asked = `${this.app.url}/oauth/introspect`;
    expect(code.split(asked)).toHaveLength(2);
    return this.run(
      library,
      { filename: `gullible-${filename}`, code: code.replace(asked, address) },
      {},
    );
  }

  /** Lets the service account of the environment follow revocations. */
  async letFollow(): Promise<void> {
    const { token } = await this.app.admin();
    const role = { name: 'follows-revocations', permissions: ['revocations:read'] };
    const made = await this.app.api('POST', '/v1/roles', { token, body: role });
    expect(made.status).toBe(201);
    const path = `/v1/service-accounts/${this.environment['SIGNET_CLIENT_ID'] ?? ''}/roles`;
    const given = await this.app.api('PUT', path, { token, body: { roles: [role.name] } });
    expect(given.status).toBe(200);
  }

  async close(): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
    await this.app.close();
  }

  private async printed(library: Library): Promise<{ filename: string; code: string }> {
    const { token } = await this.app.admin();
    const path = `/v1/resources/${this.resourceId}/consumer-config?for=${library.name}`;
    const { status, body } = await this.app.api('GET', path, { token });
    expect(status).toBe(200);
    return body as { filename: string; code: string };
  }

  private run(
    library: Library,
    config: { filename: string; code: string },
    more: Readonly<Record<string, string>>,
  ): Promise<Consumer> {
    return Consumer.start(library, config, this.folder, { ...this.environment, ...more });
  }
}
