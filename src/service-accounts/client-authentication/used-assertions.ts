import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { isDuplicate } from '../../platform/database/database-errors.js';
import { ClientAssertion } from './client-assertion.entity.js';

/** For how long past its need a used assertion is remembered, in ms: the difference between clocks. */
const MARGIN = 120_000;

/** The assertions that were used, by all replicas. */
@Injectable()
export class UsedAssertions {
  constructor(private readonly database: Database) {}

  /**
   * Takes the assertion for its one use; false when it was taken before. Of many at once, on however many
   * replicas, the unique index lets one through.
   *
   * @param goneAt from when on nobody would accept it; milliseconds since the epoch.
   */
  async take(clientId: string, jti: string, goneAt: number): Promise<boolean> {
    try {
      await this.database
        .repository(ClientAssertion)
        .insert({ id: idOf(clientId, jti), expiresAt: goneAt + MARGIN });
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  }
}

/** Of one length, whatever the client chose; and each client has names of its own. */
function idOf(clientId: string, jti: string): string {
  return createHash('sha256')
    .update(JSON.stringify([clientId, jti]))
    .digest('base64url');
}
