import { Injectable } from '@nestjs/common';
import { IsNull, Not } from 'typeorm';
import { Database } from '../platform/database/database.js';
import { behind } from '../platform/database/dialect.js';
import type { Position } from '../platform/http/pagination.js';
import { HEAD_ID } from '../revocation/revocation-head.entity.js';
import { SigningKey } from './signing-key.entity.js';

/** Signing keys in the database. */
@Injectable()
export class SigningKeysRepository {
  constructor(private readonly database: Database) {}

  /**
   * Keeps every other change of the keys, on all replicas, waiting until the transaction ends, and lets
   * the replicas know of this one within the bound of revocations. Needs a transaction.
   */
  async lock(): Promise<void> {
    await this.database.execute(
      'UPDATE revocation_head SET keys_version = COALESCE(keys_version, 0) + 1 WHERE id = ?',
      [HEAD_ID],
    );
  }

  find(kid: string): Promise<SigningKey | null> {
    return this.database.repository(SigningKey).findOneBy({ kid });
  }

  /** Up to `limit` of the keys there are and were behind the position, the newest first. */
  list(limit: number, after?: Position): Promise<SigningKey[]> {
    const select = this.database
      .repository(SigningKey)
      .createQueryBuilder('k')
      .orderBy('k.createdAt', 'DESC')
      .addOrderBy('k.kid', 'DESC')
      .limit(limit);
    if (after !== undefined) {
      select.where(behind('k.createdAt', 'k.kid', { at: ':at', id: ':id' }), { ...after });
    }
    return select.getMany();
  }

  /** The keys whose private part is there. */
  sealed(): Promise<SigningKey[]> {
    return this.database.repository(SigningKey).findBy({ sealedPrivateKey: Not('') });
  }

  /** The ids of all keys there ever were, or of those that are compromised: a few a year. */
  async kids(which: 'all' | 'compromised' = 'all'): Promise<readonly string[]> {
    const where = which === 'all' ? '' : 'WHERE compromised_at IS NOT NULL';
    const rows = await this.database.select<{ kid: string }>(
      `SELECT kid AS kid FROM signing_keys ${where} ORDER BY created_at, kid`,
    );
    return rows.map(({ kid }) => kid);
  }

  /** The keys that tokens may be verified with, or will be. */
  usable(): Promise<SigningKey[]> {
    return this.database.repository(SigningKey).find({
      where: { removedAt: IsNull(), compromisedAt: IsNull() },
      order: { createdAt: 'ASC', kid: 'ASC' },
    });
  }

  async insert(key: SigningKey): Promise<void> {
    await this.database.repository(SigningKey).insert(key);
  }

  async update(kid: string, changes: Partial<SigningKey>): Promise<void> {
    await this.database.repository(SigningKey).update({ kid }, changes);
  }

  async delete(kid: string): Promise<void> {
    await this.database.repository(SigningKey).delete({ kid });
  }

  /** Replaces the sealed form of a key, unless somebody else has done so or the key is gone. */
  async reseal(kid: string, before: string, after: string): Promise<void> {
    await this.database.execute(
      'UPDATE signing_keys SET sealed_private_key = ? WHERE kid = ? AND sealed_private_key = ?',
      [after, kid, before],
    );
  }
}
