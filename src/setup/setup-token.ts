import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { secretFile } from '../platform/secret-file.js';

/** The secret that makes the first administrator: the configured one or, outside production, one in the data folder. */
@Injectable()
export class SetupToken {
  private readonly file: string;

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {
    this.file = join(settings.dataDir, 'setup-token');
  }

  /** The token that was generated, for printing; undefined when it was configured or when there is none. */
  generated(): string | undefined {
    if (this.settings.setupToken !== undefined || this.settings.production) return undefined;
    return secretFile(this.file, () => randomBytes(24).toString('base64url'));
  }

  /** Whether there is a token at all. */
  get exists(): boolean {
    return this.settings.setupToken !== undefined || !this.settings.production;
  }

  /** Compared in constant time, whatever the length. */
  matches(presented: string): boolean {
    const expected = this.settings.setupToken ?? this.generated();
    return expected !== undefined && timingSafeEqual(digest(presented), digest(expected));
  }

  /** Removes the generated token, which is of no use any more. */
  discard(): void {
    rmSync(this.file, { force: true });
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
