import { Injectable } from '@nestjs/common';
import { In, MoreThan } from 'typeorm';
import type { FindOptionsWhere } from 'typeorm';
import { Database } from '../../platform/database/database.js';
import type { RevocableToken } from '../../revocation/revocation.js';
import { RevokedToken } from '../../revocation/revoked-token.entity.js';
import { PrincipalNames } from '../principal-names.js';
import type { NamedPrincipal } from '../principal-names.js';

/** A stored revocation that takes a token. */
export type RevocationHit = Pick<
  RevokedToken,
  'revision' | 'kind' | 'subject' | 'reason' | 'createdAt'
> & {
  /** Null when nobody was signed in. */
  readonly revokedBy: NamedPrincipal | null;
};

/** More do not tell more. */
const HITS_MAX = 20;

/** Finds what has taken a token, and by whom: the index in memory knows only that something has. */
@Injectable()
export class RevocationHits {
  constructor(
    private readonly database: Database,
    private readonly names: PrincipalNames,
  ) {}

  /** The oldest first: that is the one that ended it. By the rules of `RevocationIndex.find`. */
  of(token: RevocableToken): Promise<readonly RevocationHit[]> {
    return this.where(conditionsOf(token));
  }

  /** Of a key that was compromised: it is out of the ring by then, so nothing vouches for the rest of the token. */
  ofKey(kid: string): Promise<readonly RevocationHit[]> {
    return this.where([{ kind: 'key', subject: kid }]);
  }

  private async where(
    conditions: FindOptionsWhere<RevokedToken>[],
  ): Promise<readonly RevocationHit[]> {
    const rows = await this.database.repository(RevokedToken).find({
      where: conditions,
      order: { revision: 'ASC' },
      take: HITS_MAX,
    });
    const names = await this.names.of(
      rows.flatMap(({ revokedBy }) => (revokedBy === null ? [] : [revokedBy])),
    );
    return rows.map(({ revision, kind, subject, reason, createdAt, revokedBy }) => ({
      revision,
      kind,
      subject,
      reason,
      createdAt,
      revokedBy: revokedBy === null ? null : (names.get(revokedBy) ?? { id: revokedBy }),
    }));
  }
}

function conditionsOf({ jti, kid, act, ...holder }: RevocableToken) {
  const conditions: FindOptionsWhere<RevokedToken>[] = [
    { kind: 'token', subject: jti },
    { kind: 'key', subject: kid },
  ];
  for (const { sid, sub, ver } of act === undefined ? [holder] : [holder, act]) {
    conditions.push(
      { kind: In(['session', 'credential']), subject: sid },
      { kind: 'principal', subject: sub, minVersion: MoreThan(ver) },
    );
  }
  return conditions;
}
