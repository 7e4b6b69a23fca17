import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../../config/settings.js';
import type { Settings } from '../../config/settings.js';
import { Database } from '../../platform/database/database.js';
import { ExpiryClock } from '../../platform/expiry-clock.js';
import { defineProblem } from '../../platform/http/problem.js';
import { RevocationProgress, lastOf } from '../../revocation/progress/revocation-progress.js';
import { RevokedToken } from '../../revocation/revoked-token.entity.js';
import { DIGEST, documentsWith } from '../../status-lists/documents-with.js';
import { RevocationView } from './revocation.dto.js';
import type { RevocationDetail } from './revocation.dto.js';

/** There is no such revocation, or everything that it took has expired. */
export class RevocationNotFound extends defineProblem(
  'revocation_not_found',
  404,
  'There is no such revocation, or it is over',
) {}

/** Says who knows of a revocation, for whoever made it and wants to be certain. */
@Injectable()
export class RevocationProgressService {
  constructor(
    private readonly progress: RevocationProgress,
    private readonly database: Database,
    private readonly expiry: ExpiryClock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** @throws RevocationNotFound */
  async of(revision: number): Promise<RevocationDetail> {
    const revoked = await this.database.repository(RevokedToken).findOneBy({ revision });
    if (revoked === null || revoked.expiresAt < this.expiry.at(await this.database.now()))
      throw new RevocationNotFound();
    const [replicas, told, fetched] = await Promise.all([
      this.progress.replicas(revision),
      this.progress.consumers(revision, [DIGEST]),
      this.progress.consumers(revision, documentsWith(revoked)),
    ]);
    const fetchedAt = new Map(fetched.map(({ id, reachedAt }) => [id, reachedAt]));
    return {
      ...RevocationView.of(revoked),
      boundMs: this.settings.revocationMaxStaleness,
      everywhereAt: instant(lastOf(replicas.map(({ reachedAt }) => reachedAt))),
      replicas: replicas.map(({ id, name, reachedAt, seenAt }) => ({
        id,
        name,
        reachedAt: instant(reachedAt),
        seenAt: new Date(seenAt).toISOString(),
      })),
      consumers: told.map(({ id, reachedAt, seenAt }) => ({
        id,
        toldAt: instant(reachedAt),
        fetchedAt: instant(fetchedAt.get(id) ?? null),
        seenAt: new Date(seenAt).toISOString(),
      })),
    };
  }
}

function instant(moment: number | null): string | null {
  return moment === null ? null : new Date(moment).toISOString();
}
