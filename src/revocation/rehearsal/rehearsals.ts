import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { SETTINGS } from '../../config/settings.js';
import type { Settings } from '../../config/settings.js';
import { Clock } from '../../platform/clock.js';
import { Database } from '../../platform/database/database.js';
import { idsSql } from '../../platform/database/dialect.js';
import type { RawNumber } from '../../platform/database/dialect.js';
import { NO_VERSION } from '../revocation.js';
import type { RevocationTarget } from '../revocation.js';
import { RevocationService } from '../revocation.service.js';
import { NO_IMPACT } from './impact.dto.js';
import type { Impact } from './impact.dto.js';
import { Touched } from './touched.js';
import type { Sql, Windows } from './touched.js';

/** Uses of credentials are noted to the minute. */
const MINUTE = 60_000;

/** Principals that are counted at once: it takes a moment, far below the time that a statement may take. */
const BATCH = 10_000;

const NOTHING_ELSE = { sessions: [], credentials: [], keys: [] };

type Counts = { -readonly [Field in keyof Impact]: Impact[Field] };

/**
 * Says what an act would touch. The act itself is run and undone; what it revoked is then counted as
 * things were before it, since a deletion takes with it what is to be counted, and after it was undone, so
 * that nobody's revocation waits for the counting.
 */
@Injectable()
export class Rehearsals {
  constructor(
    private readonly revocations: RevocationService,
    private readonly database: Database,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Throws whatever the act throws.
   *
   * @param act one that has no effect but through the database.
   */
  async impactOf(act: () => Promise<unknown>): Promise<Impact> {
    const targets = await this.revocations.rehearse(act);
    return targets.length === 0 ? NO_IMPACT : this.count(targets);
  }

  /** The same as an answer, which is 200 whatever the act's own is. */
  async answer(reply: FastifyReply, act: () => Promise<unknown>): Promise<Impact> {
    const impact = await this.impactOf(act);
    void reply.status(200);
    return impact;
  }

  private async count(targets: readonly RevocationTarget[]): Promise<Impact> {
    const ofKind = (kind: RevocationTarget['kind']) => subjects(targets, (t) => t.kind === kind);
    const now = this.clock.now();
    const since = this.oldestToken(now);
    const { dialect, dataSource } = this.database;
    const rest = {
      gone: subjects(targets, (t) => t.kind === 'principal' && t.minVersion === NO_VERSION),
      sessions: ofKind('session'),
      credentials: ofKind('credential'),
      keys: await this.windowsOf(ofKind('key'), since),
    };
    const impact = { ...NO_IMPACT, tokens: ofKind('token').length };
    const resources = new Set<string>();
    // No act takes so many principals and something else, so what is counted beside one batch is in no other.
    for (const [i, principals] of batches(ofKind('principal')).entries()) {
      const revoked = { ...NOTHING_ELSE, ...(i === 0 ? rest : { gone: rest.gone }), principals };
      const ids = idsSql(dialect, dataSource.textCollation);
      await this.add(new Touched(revoked, { now, since }, ids), impact, resources);
    }
    return { ...impact, resources: resources.size };
  }

  /** Adds one batch to the counts, by four statements. */
  private async add(touched: Touched, impact: Counts, resources: Set<string>): Promise<void> {
    if (touched.isNobody) return;
    const types = await this.select<{ type: string; n: RawNumber }>(touched.principalsByType());
    const sessions = await this.one(touched.sessionCounts());
    const credentials = await this.one(touched.credentialCounts());
    const numberOf = (type: string) => Number(types.find((row) => row.type === type)?.n ?? 0);
    impact.people += numberOf('user');
    impact.serviceAccounts += numberOf('service');
    impact.sessions += Number(sessions['sessions']);
    impact.sessionsEnded += Number(sessions['ended']);
    impact.tokens += Number(sessions['tokens']) + Number(credentials['tokens']);
    // Several batches may have the same ones: of resources there are few beside people.
    for (const { id } of await this.select<{ id: string }>(touched.resources())) resources.add(id);
  }

  /** Whoever had their last token before this has none that is accepted. */
  private oldestToken(now: number): number {
    const { accessTokenMaxTtl, clockLeeway } = this.settings;
    return now - accessTokenMaxTtl - clockLeeway - this.notedEarlier;
  }

  /** How much later than noted a token may have been issued, in ms. */
  private get notedEarlier(): number {
    // A refresh that is answered once more gives a token, and is not noted.
    return Math.max(this.settings.refreshGrace, MINUTE);
  }

  /** When tokens that may still live were signed with each of the keys. */
  private async windowsOf(kids: readonly string[], since: number): Promise<Windows> {
    const windows: { from: number; until: number }[] = [];
    for (const kid of kids) {
      const [key] = await this.database.select<{
        activated: RawNumber | null;
        retired: RawNumber | null;
      }>(
        'SELECT activated_at AS activated, retired_at AS retired FROM signing_keys WHERE kid = ?',
        [kid],
      );
      if (key === undefined || key.activated === null) continue; // it has never signed
      // Another replica signs with it until it has heard that the key is retired.
      const until =
        key.retired === null
          ? Number.MAX_SAFE_INTEGER
          : Number(key.retired) + this.settings.revocationMaxStaleness;
      const from = Math.max(Number(key.activated) - this.notedEarlier, since);
      if (from <= until) windows.push({ from, until });
    }
    return windows;
  }

  private select<Row>({ sql, parameters }: Sql): Promise<Row[]> {
    return this.database.select<Row>(sql, parameters);
  }

  /** The numbers of a statement that has one row; a SUM over no rows is null. */
  private async one(sql: Sql): Promise<Partial<Record<string, RawNumber | null>>> {
    const [row] = await this.select<Partial<Record<string, RawNumber | null>>>(sql);
    if (row === undefined) throw new Error('A count has no row');
    return row;
  }
}

/** Of the targets that it is about, each once. */
function subjects(
  targets: readonly RevocationTarget[],
  isMeant: (target: RevocationTarget) => boolean,
): readonly string[] {
  return [...new Set(targets.filter(isMeant).map(({ subject }) => subject))];
}

/** At least one, which may be empty. */
function batches(ids: readonly string[]): readonly (readonly string[])[] {
  const count = Math.max(1, Math.ceil(ids.length / BATCH));
  return Array.from({ length: count }, (_, i) => ids.slice(i * BATCH, (i + 1) * BATCH));
}
