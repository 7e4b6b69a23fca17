import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/principal.js';
import { AuditService } from '../audit/audit.service.js';
import { Clock } from '../platform/clock.js';
import { Database } from '../platform/database/database.js';
import { isDuplicate } from '../platform/database/database-errors.js';
import { Envelope } from './envelope.js';
import { SigningKey } from './signing-key.entity.js';
import type { PublicJwk } from './signing-key.entity.js';

export type SigningAlgorithm = 'ES256';

/** A key that tokens may be verified with. The algorithm belongs to the key, never to the token. */
export interface VerificationKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly publicKey: KeyObject;
}

/** The key that new tokens are signed with. */
export interface ActiveKey extends VerificationKey {
  readonly privateKey: KeyObject;
}

/** Nobody called: the installation does this by itself. */
const START_UP: Actor = { origin: { ip: '', userAgent: '', requestId: 'start-up' } };

/** The signing keys, in memory. Key objects are made once: making one per call costs 20 times the signature. */
@Injectable()
export class KeyRing {
  private readonly keys = new Map<string, VerificationKey>();
  private activeKey: ActiveKey | undefined;
  private publicSet = '{"keys":[]}';

  constructor(
    private readonly database: Database,
    private readonly envelope: Envelope,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /** The key that signs. @throws Error before `load`. */
  get active(): ActiveKey {
    if (this.activeKey === undefined) throw new Error('The signing keys are not loaded yet');
    return this.activeKey;
  }

  get isLoaded(): boolean {
    return this.activeKey !== undefined;
  }

  /** The key of that exact id. Never asks anybody: an unknown id costs nothing. */
  find(kid: string): VerificationKey | undefined {
    return this.keys.get(kid);
  }

  /** The JSON Web Key Set (RFC 7517), serialised once. */
  get jwks(): string {
    return this.publicSet;
  }

  /** Makes the first key when there is none. Several replicas may do this at once; one key wins. */
  async ensureActiveKey(): Promise<void> {
    const keys = this.database.repository(SigningKey);
    if (await keys.existsBy({ activeSlot: 'active' })) return;
    const key: SigningKey = {
      ...this.generate(),
      activeSlot: 'active',
      createdAt: this.clock.now(),
    };
    try {
      await this.database.transaction(async () => {
        await this.database.repository(SigningKey).insert(key);
        await this.audit.record(START_UP, {
          action: 'key.created',
          target: { type: 'key', id: key.kid },
        });
      });
    } catch (error) {
      if (!isDuplicate(error)) throw error;
    }
  }

  /** Loads the keys from the database. @throws CannotUnseal when the key-encryption key is another one. */
  async load(): Promise<void> {
    const rows = await this.database.repository(SigningKey).find({ order: { createdAt: 'ASC' } });
    for (const row of rows) {
      const algorithm = supported(row);
      const publicKey = createPublicKey({ key: { ...row.publicJwk }, format: 'jwk' });
      const key = Object.freeze({ kid: row.kid, algorithm, publicKey });
      this.keys.set(row.kid, key);
      if (row.activeSlot === 'active') {
        const pkcs8 = this.envelope.open(sealName(row.kid), row.sealedPrivateKey);
        this.activeKey = {
          ...key,
          privateKey: createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }),
        };
      }
    }
    this.publicSet = JSON.stringify({
      keys: rows.map((row) => ({ ...row.publicJwk, kid: row.kid, alg: row.algorithm, use: 'sig' })),
    });
  }

  private generate() {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const publicJwk = publicMembers(pair.publicKey);
    const kid = thumbprint(publicJwk);
    const pkcs8 = pair.privateKey.export({ format: 'der', type: 'pkcs8' });
    return {
      kid,
      algorithm: 'ES256',
      publicJwk,
      sealedPrivateKey: this.envelope.seal(sealName(kid), pkcs8),
    };
  }
}

/** The members of an EC key that its thumbprint covers, in lexicographic order (RFC 7638 3.2). */
export function thumbprint({ crv, kty, x, y }: PublicJwk): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}

function publicMembers(key: KeyObject): PublicJwk {
  const { crv, x, y } = key.export({ format: 'jwk' });
  if (crv === undefined || x === undefined || y === undefined) throw new Error('Not an EC key');
  return { kty: 'EC', crv, x, y };
}

function sealName(kid: string): string {
  return `signing-key:${kid}`;
}

function supported({ kid, algorithm }: SigningKey): SigningAlgorithm {
  if (algorithm !== 'ES256')
    throw new Error(`Signing key ${kid} has the unknown algorithm ${algorithm}`);
  return algorithm;
}
