import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { freePort } from '../../support/process.js';
import { Administrator, SETUP_TOKEN, newAccount } from './administrator.js';
import type { AdministratorAccount } from './administrator.js';
import { CALM, Chain, GRACE_MS } from './chain.js';
import type { Credentials, Habits } from './chain.js';
import { Client } from './client.js';
import { Endings } from './endings.js';
import type { Judgement } from './judgement.js';
import { KeyChanges } from './key-changes.js';
import { Leftovers } from './leftovers.js';
import type { FaultDatabase, MariadbServer } from './mariadb-server.js';
import type { Random } from './random.js';
import type { Targets } from './load-balancer.js';
import { Recorder } from './recorder.js';
import { Replica } from './replica.js';
import type { ReplicaOptions } from './replica.js';
import type { Scratch } from './scratch.js';

/** Sessions of one person. */
const CHAINS_PER_PERSON = 4;
/** Requests at once that are more than a pool has connections. */
const WARM_UP = 16;
const LIFE_EVERY_MS = 250;
const RECOVERY_MAX_MS = 10_000;

export interface WorldOptions {
  readonly replicas: number;
  readonly chains: number;
  readonly env?: Readonly<Record<string, string>>;
  /** The database as replicas reach it; without it, `server` directly. */
  readonly databaseUrl?: string;
  /** The database is this file instead. */
  readonly sqliteFile?: string;
  readonly replica?: Omit<ReplicaOptions, 'env'>;
}

/** A database with replicas on it that the next fault may use as they are: booting costs more than most faults. */
interface Stage {
  readonly replicas: readonly Replica[];
  readonly database: FaultDatabase;
  readonly administrator: AdministratorAccount;
  readonly bootMs: number;
}

/** Stages that are ready, by what was asked for. */
export type Stages = Map<string, Stage>;

export interface Parts {
  readonly scratch: Scratch;
  readonly stages: Stages;
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
  readonly endings: Endings;
  readonly keyChanges = new KeyChanges(this);
  /** Signing keys of which no token is good any more. */
  readonly compromised = new Set<string>();
  readonly replicas: Replica[] = [];
  readonly chains: Chain[] = [];
  database!: FaultDatabase; // made by `create`, the only way to get a world
  /** What the replicas held when everybody had signed in. */
  leftovers: Leftovers | undefined;
  private readonly folder: string;
  private readonly keyEncryptionKey = randomBytes(32).toString('base64');
  /** How long the replicas took to boot together, with nothing else going on. */
  private bootMs = 0;
  private running: Promise<unknown>[] = [];
  private isLoaded = false;

  private constructor(
    readonly parts: Parts,
    private readonly options: WorldOptions,
    account: AdministratorAccount,
  ) {
    this.recorder = new Recorder(parts.historyFile);
    this.client = new Client(this.recorder, parts.judgement);
    this.administrator = new Administrator(this.client, parts.random.fork(), account);
    this.endings = new Endings(
      this.client,
      this.administrator,
      parts.judgement,
      parts.random.fork(),
    );
    this.folder = parts.scratch.path('data');
    mkdirSync(this.folder);
  }

  /** An empty database and the replicas on it, not started. */
  static async create(parts: Parts, options: WorldOptions): Promise<World> {
    const world = new World(parts, options, newAccount());
    if (options.sqliteFile === undefined) world.database = await parts.server.createDatabase();
    for (let i = 0; i < options.replicas; i++) await world.addReplica();
    return world;
  }

  /** The same, booted and with everybody signed in. */
  static async start(parts: Parts, options: WorldOptions): Promise<World> {
    const kept = parts.stages.get(stageOf(options));
    parts.stages.delete(stageOf(options));
    if (kept !== undefined) return World.onStage(parts, options, kept);
    const world = await World.create(parts, options);
    await world.boot();
    await world.populate();
    return world;
  }

  private static async onStage(parts: Parts, options: WorldOptions, stage: Stage): Promise<World> {
    const world = new World(parts, options, stage.administrator);
    world.database = stage.database;
    world.bootMs = stage.bootMs;
    world.replicas.push(...stage.replicas);
    await world.allReady();
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
      env: { ...this.environment, ...this.options.env, ...options.env },
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

  /** What the database itself says. */
  async select<Row>(sql: string): Promise<Row[]> {
    const { sqliteFile } = this.options;
    if (sqliteFile === undefined) return (await this.server.sql(sql, this.database.name)) as Row[];
    const file = new Sqlite(sqliteFile, { readonly: true });
    try {
      return file.prepare(sql).all() as Row[];
    } finally {
      file.close();
    }
  }

  get isOnSqlite(): boolean {
    return this.options.sqliteFile !== undefined;
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
    if (administrator.account.isMade) await administrator.signIn(first);
    else await administrator.setUp(first);
    let person: Credentials | undefined;
    for (let i = 0; i < this.options.chains; i++) {
      if (i % CHAINS_PER_PERSON === 0) person = await administrator.createUser(first);
      if (person === undefined) throw new Error('A user could not be made');
      const chain = new Chain(person, this.client, this.judgement, this.random.fork());
      if (!(await chain.login(first))) throw new Error('A chain could not sign in');
      this.chains.push(chain);
    }
    await this.endings.prepare(first);
    await this.warmUp();
    this.leftovers = await Leftovers.since(this);
  }

  /** Has every replica load what it loads once, above all the lists of bad passwords, and fill its pool. */
  private async warmUp(): Promise<void> {
    const [chain] = this.chains;
    if (chain === undefined) throw new Error('There is nobody to warm up with');
    for (const replica of this.replicas) {
      await this.administrator.createUser(replica);
      await this.administrator.signIn(replica);
      await Promise.all(Array.from({ length: WARM_UP }, () => chain.me(replica)));
    }
  }

  /** Has all chains, the administrator and whoever ends access work until `endLoad`. */
  beginLoad(habits: Habits = CALM, targets: Targets = { available: this.replicas }): void {
    this.isLoaded = true;
    const work = async (step: () => Promise<void>) => {
      while (this.isLoaded) await step();
    };
    this.running = [
      ...this.chains.map((chain) => work(() => chain.step(targets.available, habits))),
      work(() => this.administrator.step(targets.available, 800)),
      work(() => this.endings.step(targets.available, 100)),
      ...this.replicas.map((replica) => work(() => this.askForLife(replica))),
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

  /** Ends the replicas, or leaves them to the next fault when nothing was found wrong with them. */
  async close({ keep = false } = {}): Promise<void> {
    this.isLoaded = false;
    const { replicas, database, administrator, judgement } = this;
    const areFine = replicas.every(({ isRunning }) => isRunning);
    if (keep && areFine && judgement.violations.length === 0) {
      const stage = {
        replicas,
        database,
        administrator: administrator.account,
        bootMs: this.bootMs,
      };
      this.parts.stages.set(stageOf(this.options), stage);
      return;
    }
    await Promise.all(replicas.map((replica) => replica.stop()));
  }

  /** What costs a replica nothing shows how much the machine lets it run. */
  private async askForLife(replica: Replica): Promise<void> {
    if (replica.isRunning)
      await this.client.send(replica, 'live', { method: 'GET', path: '/health/live' });
    await sleep(LIFE_EVERY_MS);
  }

  private async serves(replica: Replica, probe: Chain | undefined): Promise<boolean> {
    if (!(await replica.isReady())) return false;
    return probe === undefined || (await probe.me(replica)) === 200;
  }

  /** What every replica is started with. */
  get environment(): Record<string, string> {
    const { sqliteFile, databaseUrl } = this.options;
    const url = sqliteFile === undefined ? undefined : `sqlite:${sqliteFile}`;
    return {
      NODE_ENV: 'production',
      DATABASE_URL: url ?? databaseUrl ?? this.server.url(this.database),
      ISSUER_URL: 'http://signet.test',
      KEY_ENCRYPTION_KEY: this.keyEncryptionKey,
      DATA_DIR: join(this.folder),
      SETUP_TOKEN,
      HASH_CONCURRENCY: '1',
      JWKS_MAX_AGE: '1s', // so that keys may follow each other within a fault
      REFRESH_GRACE: `${GRACE_MS / 1000}s`,
      LOGIN_ATTEMPTS_PER_PAIR: '100000',
      LOGIN_ATTEMPTS_PER_ACCOUNT: '100000',
      LOGIN_ATTEMPTS_PER_SOURCE: '1000000',
      MAX_SESSIONS_PER_USER: '1000',
      LOG_LEVEL: 'warn',
    };
  }
}

/** What replicas must have in common to be used by another fault. */
function stageOf({ chains: _, ...common }: WorldOptions): string {
  return JSON.stringify(common);
}
