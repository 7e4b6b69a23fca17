import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import {
  Algorithm,
  hash as argon2Hash,
  parseOptions,
  verify as argon2Verify,
} from '@node-rs/argon2';
import type { ParsedHashOptions } from '@node-rs/argon2';
import type { Logger } from 'pino';
import { SETTINGS } from '../../config/settings.js';
import type { Settings } from '../../config/settings.js';
import { LOGGER } from '../../platform/logger.js';
import { HashQueue } from './hash-queue.js';
import { normalizePassword } from './normalize-password.js';

/**
 * What a stored hash may ask for; the memory, in KiB, is the most that the setting allows. Not relative
 * to the setting of today: lowering that must not lock out everyone whose hash is older.
 */
const MEMORY_MAX = 262_144;
const PASSES_MAX = 20;
const LANES_MAX = 16;

/** Hashes and verifies passwords with argon2id. */
@Injectable()
export class PasswordHasher {
  private readonly cost;
  /** A hash of nothing: its sum is random, so no password matches, and finding that out costs as much as usual. */
  private readonly dummy: string;

  constructor(
    private readonly queue: HashQueue,
    @Inject(SETTINGS) { argon2Memory, argon2Passes, argon2Parallelism }: Settings,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.cost = {
      memoryCost: argon2Memory,
      timeCost: argon2Passes,
      parallelism: argon2Parallelism,
    };
    const parameters = `m=${argon2Memory},t=${argon2Passes},p=${argon2Parallelism}`;
    this.dummy = `$argon2id$v=19$${parameters}$${randomBase64(16)}$${randomBase64(32)}`;
  }

  /** @throws HashQueueFull when so many wait already that another password would be turned away. */
  expectRoom(): void {
    this.queue.expectRoom();
  }

  /** The hash in PHC form. @throws HashQueueFull */
  hash(password: string): Promise<string> {
    return this.queue.run(() =>
      argon2Hash(normalizePassword(password), { algorithm: Algorithm.Argon2id, ...this.cost }),
    );
  }

  /**
   * Whether the password is that of the hash. A hash that asks for more work than any of ours matches
   * nothing: one row must not take the process down.
   *
   * @throws HashQueueFull
   */
  async verify(hash: string, password: string): Promise<boolean> {
    if (!isBearable(parametersOf(hash))) {
      this.log.error(
        'A stored password hash is not one of ours: the row is damaged or was tampered with',
      );
      return this.verifyDummy(password);
    }
    return this.queue.run(() => argon2Verify(hash, normalizePassword(password)));
  }

  /** Takes as long as `verify`, where there is no hash to compare with. @throws HashQueueFull */
  async verifyDummy(password: string): Promise<false> {
    await this.queue.run(() => argon2Verify(this.dummy, normalizePassword(password)));
    return false;
  }

  /** Whether the hash was made at another cost; also at a higher one, since its time would tell it from the dummy. */
  needsRehash(hash: string): boolean {
    const used = parametersOf(hash);
    const { memoryCost, timeCost, parallelism } = this.cost;
    return (
      used?.algorithm !== Algorithm.Argon2id ||
      used.memoryCost !== memoryCost ||
      used.timeCost !== timeCost ||
      used.parallelism !== parallelism
    );
  }
}

/** By their names, since libraries order them differently; undefined when the text is no hash. */
function parametersOf(hash: string): ParsedHashOptions | undefined {
  try {
    return parseOptions(hash);
  } catch {
    return undefined; // told by the caller
  }
}

function isBearable(used: ParsedHashOptions | undefined): boolean {
  return (
    used?.algorithm === Algorithm.Argon2id &&
    used.memoryCost <= MEMORY_MAX &&
    used.timeCost <= PASSES_MAX &&
    used.parallelism <= LANES_MAX
  );
}

/** Base64 without padding, as in PHC strings. */
function randomBase64(bytes: number): string {
  return randomBytes(bytes).toString('base64').replaceAll('=', '');
}
