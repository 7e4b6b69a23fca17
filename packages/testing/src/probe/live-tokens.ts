import { setTimeout as pause } from 'node:timers/promises';
import { SIGNING_ALGORITHMS } from '../../../../src/config/signing-algorithm.js';
import { generateKey } from '../../../../src/keys/key-material.js';
import { readToken } from '../jws.js';
import { forge, isForged } from './forged.js';
import type { Forge } from './forged.js';
import { SignetClient } from './signet-client.js';
import type { SignetAccount } from './signet-client.js';
import { CannotTell } from './token-source.js';
import type { BadKind, LabelledToken, TokenSource } from './token-source.js';

/** A real Signet, and what is to be probed with it. Spans are seconds. */
export interface LiveOptions extends SignetAccount {
  /** The identifier under which the service is registered. */
  readonly resource: string;
  /** Another resource, at which the service account may do something too. */
  readonly otherResource?: string;
  /** Actions of the resource, separated by spaces; all that are granted when absent. */
  readonly scope?: string;
  /** A real refresh token, to be refused; service accounts get none. */
  readonly refreshToken?: string;
  /** How long the probe may wait for a token to end; when absent it does not wait. */
  readonly maxWait?: number;
  /** Waits so many seconds. */
  readonly sleep?: (seconds: number) => Promise<unknown>;
}

/** The most that a service may tolerate between its clock and Signet's, in seconds. */
const LEEWAY_MAX = 60;
const OVERSIZE = 65_536;

/** Tokens of a real Signet, and what can be made of them without its private key. */
export async function liveTokens(options: LiveOptions): Promise<TokenSource> {
  return new LiveTokens(options, await SignetClient.connect(options));
}

class LiveTokens implements TokenSource {
  constructor(
    private readonly options: LiveOptions,
    private readonly signet: SignetClient,
  ) {}

  async good(): Promise<string> {
    return (await this.signet.token(this.options.resource, this.options.scope)).token;
  }

  async bad(kind: BadKind): Promise<readonly LabelledToken[]> {
    if (isForged(kind)) return forge(kind, await this.forge());
    switch (kind) {
      case 'expired':
        return [await this.expired()];
      case 'wrongAudience':
        return [await this.forSomebodyElse()];
      case 'refreshToken':
        return [this.refreshToken()];
      case 'oversized':
        return [await this.oversized()];
      case 'notYetValid':
      case 'wrongIssuer':
      case 'withoutType':
        throw new CannotTell('Signet issues no such token, so only a mock issuer can try it');
    }
  }

  revoke(token: string): Promise<void> {
    return this.signet.revoke(token);
  }

  goodOfNextKey(): Promise<string> {
    return Promise.reject(new CannotTell('only administrators of Signet rotate its keys'));
  }

  private async forge(): Promise<Forge> {
    const good = await this.goodSigned();
    const { algorithm, key } = await this.signet.publicKey(readToken(good).header.kid);
    const known = SIGNING_ALGORITHMS.find((each) => each === algorithm);
    if (known === undefined) throw new CannotTell(`the probe cannot forge for ${algorithm}`);
    return { good, publicKey: key, stranger: await generateKey(known) };
  }

  private async goodSigned(): Promise<string> {
    const good = await this.good();
    if (good.split('.').length !== 3)
      throw new CannotTell('tokens of this resource are encrypted, so there is nothing to change');
    return good;
  }

  private async expired(): Promise<LabelledToken> {
    const { resource, scope, maxWait = 0, sleep = pauseFor } = this.options;
    const { token, lifetime } = await this.signet.token(resource, scope);
    const wait = lifetime + LEEWAY_MAX;
    if (wait > maxWait) throw new CannotTell(`a token has to end first: that takes ${wait} s`);
    await sleep(wait);
    return { label: 'that ended a minute ago', token };
  }

  private async forSomebodyElse(): Promise<LabelledToken> {
    const { otherResource } = this.options;
    const { token } = await this.signet.token(otherResource, undefined);
    return { label: `for ${otherResource ?? "Signet's own API"}`, token };
  }

  private refreshToken(): LabelledToken {
    const { refreshToken: token } = this.options;
    if (token === undefined)
      throw new CannotTell('service accounts get no refresh token, and none was given');
    return { label: 'for refreshing', token };
  }

  private async oversized(): Promise<LabelledToken> {
    const token = (await this.goodSigned()) + 'A'.repeat(OVERSIZE);
    return { label: 'of 64 KiB, without a good signature', token };
  }
}

function pauseFor(seconds: number): Promise<void> {
  return pause(seconds * 1000);
}
