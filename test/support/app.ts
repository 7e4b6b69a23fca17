import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from '../../src/app.js';
import { loadSettings } from '../../src/config/settings.js';
import type { Settings } from '../../src/config/settings.js';
import { Startup } from '../../src/operations/startup.js';
import { Database, WatchDatabase } from '../../src/platform/database/database.js';
import { createLogger } from '../../src/platform/logger.js';
import { RevocationFeed } from '../../src/revocation/revocation-feed.js';
import { Conformance } from './conformance.js';
import { createDatabase, dialect } from './databases.js';
import type { TestDatabase } from './databases.js';
import { send } from './http.js';
import type { Answer, Call } from './http.js';
import type { OpenApiDocument } from './openapi.js';
import { withExtraModule } from './extra-module.js';
import { newPerson } from './people.js';
import type { NewUser, Person } from './people.js';
import { RouteRecorder } from './served-routes.js';
import { TestClock } from './test-clock.js';

/** The answer of a sign-in or a refresh. */
export interface Tokens {
  readonly access_token: string;
  readonly token_type: string;
  readonly expires_in: number;
  readonly refresh_token: string;
  readonly scope: string;
}

/** Somebody who is signed in. */
export interface TestUser extends Person {
  readonly id: string;
  readonly token: string;
  readonly refreshToken: string;
}

export interface TestAppOptions {
  /** On top of those below, by the names of the environment. */
  readonly settings?: Readonly<Record<string, string>>;
  /** A database to use and to leave; without it the app gets one of its own. */
  readonly database?: TestDatabase;
  readonly clock?: TestClock;
  /** A module on top of the application's own, such as a controller that breaks a rule. */
  readonly extraModule?: Type;
}

const SETUP_TOKEN = 'zB7-kw3Rq-94fJt-LmX2p-UvE5h';

const SETTINGS = {
  NODE_ENV: 'test',
  PORT: '0',
  ISSUER_URL: 'http://signet.test',
  SETUP_TOKEN,
  SWAGGER: 'on',
  LOG_LEVEL: 'info',
  ARGON2_MEMORY: '19456',
  REVOCATION_POLL_INTERVAL: '50ms',
  ANSWER_TIMEOUT: '1m', // of a machine that runs other tests at the same time
  LOGIN_ATTEMPTS_PER_PAIR: '100000',
  LOGIN_ATTEMPTS_PER_ACCOUNT: '100000',
  LOGIN_ATTEMPTS_PER_SOURCE: '1000000',
};

/** For how long a revocation feed may take to notice that time was moved. */
const SETTLE_MS = 1000;

/** Starts the whole application on a port of its own and waits until it is ready. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const folder = mkdtempSync(join(tmpdir(), 'signet-data-'));
  const database = options.database ?? (await createDatabase());
  const cleanUp = async () => {
    if (options.database === undefined) await database.drop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const settings = loadSettings({
      ...SETTINGS,
      DATA_DIR: folder,
      DATABASE_URL: database.url,
      ...options.settings,
    });
    return await withExtraModule(options.extraModule, () =>
      TestApp.start(settings, options.clock ?? new TestClock(), cleanUp),
    );
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

interface Parts {
  readonly nest: NestFastifyApplication;
  readonly url: string;
  readonly settings: Settings;
  readonly clock: TestClock;
  readonly logs: readonly string[];
  readonly routes: readonly string[];
}

/** A running application, and the ways in which tests use it. */
export class TestApp {
  readonly setupToken = SETUP_TOKEN;
  readonly database: Database;
  private readonly replicas: TestApp[] = [];
  private administrator: Promise<TestUser> | undefined;
  private administratorUntil = 0;
  private conformance: Promise<Conformance> | undefined;
  private settledJumps = 0;

  private constructor(
    private readonly parts: Parts,
    private readonly cleanUp: () => Promise<void>,
  ) {
    this.database = parts.nest.get(Database);
  }

  get nest(): NestFastifyApplication {
    return this.parts.nest;
  }

  get url(): string {
    return this.parts.url;
  }

  get settings(): Settings {
    return this.parts.settings;
  }

  get clock(): TestClock {
    return this.parts.clock;
  }

  /** The lines that were logged, newest last. */
  get logs(): readonly string[] {
    return this.parts.logs;
  }

  /** Every route that the router serves, as `GET /v1/users/:id`. */
  routes(): readonly string[] {
    return this.parts.routes;
  }

  /** For `startTestApp` and `startReplica`. */
  static async start(
    settings: Settings,
    clock: TestClock,
    cleanUp: () => Promise<void>,
    databaseClock = clock,
  ): Promise<TestApp> {
    const logs: string[] = [];
    const logger = createLogger(settings.logLevel, { write: (line) => void logs.push(line) });
    const recorder = new RouteRecorder();
    const nest = await createApp(settings, { clock, logger }).finally(recorder.stop);
    try {
      await nest.listen(settings.port, '127.0.0.1');
      // It jumps with time; one replica whose clock is wrong has a clock of its own.
      const nowSql = { get: () => String(databaseClock.now()) };
      for (const database of [nest.get(Database), nest.get(WatchDatabase)])
        Object.defineProperty(database, 'nowSql', nowSql);
      await nest.get(Startup).run();
      return new TestApp(
        {
          nest,
          url: await nest.getUrl(),
          settings,
          clock,
          logs,
          routes: recorder.of(nest.getHttpAdapter().getInstance()),
        },
        cleanUp,
      );
    } catch (error) {
      await nest.close();
      throw error;
    }
  }

  /** Sends a request. The answer must be as /openapi.json says, unless `conform` is false. */
  async api(method: string, path: string, call: Call = {}): Promise<Answer> {
    await this.settle();
    const conformance = this.settings.swagger ? await this.documented() : undefined;
    try {
      return await send(this.url, conformance, method, path, call);
    } catch (error) {
      const lines = this.logs.slice(-3).join('');
      if (error instanceof Error && lines !== '')
        error.message += `\n  last lines of the log:\n${lines}`;
      throw error;
    }
  }

  /** The OpenAPI document as it is served. */
  async openApi(): Promise<OpenApiDocument> {
    const { body } = await send(this.url, undefined, 'GET', '/openapi.json');
    return body as OpenApiDocument; // checked by test/openapi.e2e-spec.ts
  }

  /** @throws Error unless signing in succeeds. */
  async login(
    identifier: string,
    password: string,
    headers: Call['headers'] = {},
  ): Promise<Tokens> {
    const body = { identifier, password };
    // The conformance check has proved the shape, here and below.
    return expectStatus(200, await this.api('POST', '/v1/auth/login', { body, headers })) as Tokens;
  }

  /** Makes the first administrator. @throws Error when there is one. */
  async setup(person: Person = newPerson()): Promise<Person & { readonly id: string }> {
    const { email, username, password } = person;
    const body = { setupToken: SETUP_TOKEN, email, username, password };
    const user = expectStatus(201, await this.api('POST', '/v1/setup', { body }));
    return { ...person, id: (user as { id: string }).id };
  }

  /** The administrator, made at the first call, with a token that is valid now. */
  async admin(): Promise<TestUser> {
    this.administrator ??= this.makeAdmin();
    const admin = await this.administrator;
    if (this.clock.now() >= this.administratorUntil) {
      this.administrator = this.signIn(admin, {});
      this.rememberExpiry();
    }
    return this.administrator;
  }

  /** Makes a user and signs them in. */
  async createUser(options: NewUser & { readonly from?: string } = {}): Promise<TestUser> {
    const { from, roles = [], ...wanted } = options;
    const person = { ...newPerson(), ...wanted };
    const { token } = await this.admin();
    const body = { ...person, ...(roles.length === 0 ? {} : { roles }) };
    const created = await this.api('POST', '/v1/users', { token, body });
    const { id } = expectStatus(201, created) as { id: string };
    return this.signIn({ ...person, id }, from === undefined ? {} : { 'x-forwarded-for': from });
  }

  /**
   * Another replica on the same database, with the same keys; it closes with this one. SQLite has one
   * process a file, so there it is this replica itself: the same test then holds for one.
   */
  async startReplica(clock: TestClock = this.clock): Promise<TestApp> {
    if (dialect === 'sqlite') return this;
    const noCleanUp = () => Promise.resolve();
    const replica = await TestApp.start(this.settings, clock, noCleanUp, this.clock);
    replica.administrator = this.admin();
    replica.rememberExpiry();
    this.replicas.push(replica);
    return replica;
  }

  async close(): Promise<void> {
    for (const replica of this.replicas) await replica.close();
    await this.nest.close();
    await this.cleanUp();
  }

  private async makeAdmin(): Promise<TestUser> {
    this.rememberExpiry();
    return this.signIn(await this.setup(), {});
  }

  private async signIn(
    person: Person & { readonly id: string },
    headers: Call['headers'],
  ): Promise<TestUser> {
    const tokens = await this.login(person.username, person.password, headers);
    return { ...person, token: tokens.access_token, refreshToken: tokens.refresh_token };
  }

  private rememberExpiry(): void {
    this.administratorUntil = this.clock.now() + this.settings.accessTokenTtl / 2;
  }

  private documented(): Promise<Conformance> {
    this.conformance ??= this.openApi().then((document) => new Conformance(document));
    return this.conformance;
  }

  /** After a jump of the clock: what the feed knew is as old as the jump is long, until its next poll. */
  private async settle(): Promise<void> {
    const { jumps } = this.clock;
    if (jumps === this.settledJumps) return;
    const feed = this.nest.get(RevocationFeed);
    const giveUpAt = performance.now() + SETTLE_MS;
    while (!feed.isFresh && performance.now() < giveUpAt) await sleep(5);
    this.settledJumps = jumps;
  }
}

/** The body of an answer that must have that status. */
function expectStatus(status: number, answer: Answer): unknown {
  if (answer.status !== status) {
    throw new Error(`Expected ${status}, got ${answer.status}: ${JSON.stringify(answer.body)}`);
  }
  return answer.body;
}
