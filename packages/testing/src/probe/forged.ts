import type { KeyObject } from 'node:crypto';
import type { SigningKeyPair } from '../../../../src/keys/key-material.js';
import * as forgeries from '../forgeries.js';
import type { BadKind, LabelledToken } from './token-source.js';

/** What anybody can make of a good token, without the private key. */
export type ForgedKind = Extract<
  BadKind,
  'tampered' | 'foreignKey' | 'unknownKey' | 'embeddedKey' | 'algNone' | 'keyConfused'
>;

/** What a forger needs. */
export interface Forge {
  /** A good token. */
  readonly good: string;
  /** The key that it verifies with. */
  readonly publicKey: KeyObject;
  /** A key of the same algorithm that nobody trusts. */
  readonly stranger: SigningKeyPair;
}

/** The forged tokens of a kind, in every variant that some library once took. */
export function forge(kind: ForgedKind, { good, publicKey, stranger }: Forge): LabelledToken[] {
  switch (kind) {
    case 'tampered':
      return [
        { label: 'with a role more', token: forgeries.tampered(good) },
        { label: 'without its signature', token: forgeries.withSignature(good, '') },
        { label: 'with a signature of zeros', token: forgeries.zeroSignature(good) },
      ];
    case 'foreignKey':
      return [{ label: "signed by a stranger's key", token: forgeries.foreignKey(good, stranger) }];
    case 'unknownKey':
      return [{ label: 'of an unknown key', token: forgeries.unknownKey(good, stranger) }];
    case 'embeddedKey':
      return [{ label: 'that brings its key', token: forgeries.embeddedKey(good, stranger) }];
    case 'algNone':
      return forgeries.NONE_SPELLINGS.flatMap((spelling) => [
        { label: `of "alg":"${spelling}"`, token: forgeries.algNone(good, spelling) },
        // Some libraries want a third part, and then do not look at it.
        {
          label: `of "alg":"${spelling}" with a signature`,
          token: forgeries.algNone(good, spelling, 'AA'),
        },
      ]);
    case 'keyConfused':
      return forgeries.SECRET_FORMS.map((form) => ({
        label: `signed by HMAC with the public key as ${form}`,
        token: forgeries.keyConfused(good, publicKey, form),
      }));
  }
}

/** Whether tokens of that kind need nothing but a good one. */
export function isForged(kind: BadKind): kind is ForgedKind {
  const kinds: Readonly<Record<ForgedKind, true>> = {
    tampered: true,
    foreignKey: true,
    unknownKey: true,
    embeddedKey: true,
    algNone: true,
    keyConfused: true,
  };
  return Object.hasOwn(kinds, kind);
}
