import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../support/process.js';
import { Administrator, SETUP_TOKEN } from './administrator.js';
import { CALM, Chain, GRACE_MS } from './chain.js';
import type { Credentials, Habits } from './chain.js';
import { Client } from './client.js';
import type { Judgement } from './judgement.js';
import type { FaultDatabase, MariadbServer } from './mariadb-server.js';
import type { Random } from './random.js';
import { Recorder } from './recorder.js';
import { Replica } from './replica.js';
import type { ReplicaOptions } from './replica.js';
import type { Scratch } from './scratch.js';

/** Sessions of one person. */
const CHAINS_PER_PERSON = 4;
const RECOVERY_MAX_MS = 10_000;

export interface WorldOptions {
  readonly replicas: number;
  readonly chains: number;
  readonly env?: Readonly<Record<string, string>>;
  /** The database as replicas reach it; without it, `server` directly. */
  readonly databaseUrl?: string;
  readonly replica?: Omit<ReplicaOptions, 'env'>;
}

export interface Parts {
  readonly scratch: Scratch;
  readonly server: MariadbServer;
  readonly judgement: Judgement;
  readonly random: Random;
  /** Where the history is written, a line an operation. */
  readonly historyFile: string;
}

/** What a fault happens to: a database, replicas, people with sessions, and what is known of them. */
export class World {
  readonly recorder: Recorder;
  readonly client: Client;
  readonly administrator: Administrator;
  readonly replicas: Replica[] = [];
  readonly chains: Chain[] = [];
  database!: FaultDatabase; // made by `create`, the only way to get a world
  private readonly folder: string;
  private readonly keyEncryptionKey = randomBytes(32).toString('base64');
  /** How long the replicas took to boot together, with nothing else going on. */
  private bootMs = 0;
  private running: Promise<unknown>[] = [];
  private isLoaded = false;

  private constructor(
    readonly parts: Parts,
    private readonly options: WorldOptions,
  ) {
    this.recorder = new Recorder(parts.historyFile);
    this.client = new Client(this.recorder, parts.judgement);
    this.administrator = new Administrator(this.client, parts.random.fork());
    this.folder = parts.scratch.path('data');
    mkdirSync(this.folder);
  }

  /** An empty database and the replicas on it, not started. */
  static async create(parts: Parts, options: WorldOptions): Promise<World> {
    const world = new World(parts, options);
    world.database = await parts.server.createDatabase();
    for (let i = 0; i < options.replicas; i++) await world.addReplica();
    return world;
  }

  /** The same, with everybody signed in. */
  static async start(parts: Parts, options: WorldOptions): Promise<World> {
    const world = await World.create(parts, options);
    await world.boot();
    await world.populate();
    return world;
  }

  get judgement(): Judgement {
    return this.parts.judgement;
  }

  get server(): MariadbServer {
    return this.parts.server;
  }

  get random(): Random {
    return this.parts.random;
  }

  /** One more replica, not started, with settings of its own on top. */
  async addReplica(options: Partial<ReplicaOptions> = {}): Promise<Replica> {
    const name = `replica-${this.replicas.length + 1}`;
    const replica = new Replica(this.parts.scratch, name, await freePort(), {
      ...this.options.replica,
      ...options,
      env: { ...this.env(), ...this.options.env, ...options.env },
    });
    this.replicas.push(replica);
    return replica;
  }

  async boot(): Promise<void> {
    const began = performance.now();
    for (const replica of this.replicas) replica.start();
    await this.allReady();
    this.bootMs = performance.now() - began;
    this.judgement.figure('boot of all replicas, ms', this.bootMs);
  }

  /** For what had to boot: I-10's bound, or what booting costs on this machine while it is under load. */
  get recoveryWithBoot(): number {
    return Math.max(RECOVERY_MAX_MS, 3 * this.bootMs);
  }

  async allReady(): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica.ready()));
  }

  /** Sets up, makes people, and signs each chain in. */
  async populate(): Promise<void> {
    const { administrator, replicas } = this;
    const [first] = replicas;
    if (first === undefined) throw new Error('There is no replica');
    await administrator.setUp(first);
    let person: Credentials | undefined;
    for (let i = 0; i < this.options.chains; i++) {
      if (i % CHAINS_PER_PERSON === 0) person = await administrator.createUser(first);
      if (person === undefined) throw new Error('A user could not be made');
      const chain = new Chain(person, this.client, this.judgement, this.random.fork());
      if (!(await chain.login(first))) throw new Error('A chain could not sign in');
      this.chains.push(chain);
    }
  }

  /** Has all chains and the administrator work until `endLoad`. */
  beginLoad(habits: Habits = CALM, replicas: readonly Replica[] = this.replicas): void {
    this.isLoaded = true;
    const work = async (step: () => Promise<void>) => {
      while (this.isLoaded) await step();
    };
    this.running = [
      ...this.chains.map((chain) => work(() => chain.step(replicas, habits))),
      work(() => this.administrator.step(replicas, 800)),
    ];
  }

  /** @throws what a client threw: a fault of the harness, never an answer. */
  async endLoad(): Promise<void> {
    this.isLoaded = false;
    await Promise.all(this.running);
  }

  /**
   * Waits until every replica is ready and a chain can refresh, and notes how long that took since
   * `causeEnded` (I-10).
   */
  async recover(causeEnded: number, withinMs = RECOVERY_MAX_MS): Promise<void> {
    const giveUpAt = causeEnded + 3 * withinMs;
    const probe = this.chains.find(({ isSignedIn }) => isSignedIn);
    for (const replica of this.replicas) {
      while (!(await this.serves(replica, probe)) && performance.now() < giveUpAt) await sleep(50);
    }
    const took = performance.now() - causeEnded;
    this.judgement.recoveryMs = Math.max(took, this.judgement.recoveryMs ?? 0);
    this.judgement.expect(
      'I-10',
      took <= withinMs,
      `the replicas came back ${(took / 1000).toFixed(1)} s after the cause had ended`,
    );
  }

  async close(): Promise<void> {
    this.isLoaded = false;
    await Promise.all(this.replicas.map((replica) => replica.stop()));
  }

  private async serves(replica: Replica, probe: Chain | undefined): Promise<boolean> {
    if (!(await replica.isReady())) return false;
    return probe === undefined || (await probe.me(replica)) === 200;
  }

  private env(): Record<string, string> {
    return {
      NODE_ENV: 'production',
      DATABASE_URL: this.options.databaseUrl ?? this.server.url(this.database),
      ISSUER_URL: 'http://signet.test',
      KEY_ENCRYPTION_KEY: this.keyEncryptionKey,
      DATA_DIR: join(this.folder),
      SETUP_TOKEN,
      HASH_CONCURRENCY: '1',
      REFRESH_GRACE: `${GRACE_MS / 1000}s`,
      LOGIN_ATTEMPTS_PER_PAIR: '100000',
      LOGIN_ATTEMPTS_PER_ACCOUNT: '100000',
      LOGIN_ATTEMPTS_PER_SOURCE: '1000000',
      MAX_SESSIONS_PER_USER: '1000',
      LOG_LEVEL: 'warn',
    };
  }
}
