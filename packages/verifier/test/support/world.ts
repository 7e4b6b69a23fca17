import { TokenRejected } from '../../src/errors.js';
import type { VerifierOptions } from '../../src/options.js';
import { createVerifier } from '../../src/verifier.js';
import type { Verifier } from '../../src/verifier.js';
import type { Requirements } from '../../src/access.js';
import { TestIssuer } from './issuer.js';
import { makeKey, signWith } from './keys.js';
import type { TestKey } from './keys.js';
import { AUDIENCE, NOW, claimsOf, compact, headerOf } from './tokens.js';

export class TestClock {
  millis = NOW * 1000;
  ticks = 0;
  now = () => this.millis;
  monotonic = () => this.ticks;

  pass(seconds: number): void {
    this.millis += seconds * 1000;
    this.ticks += seconds * 1000;
  }
}

/** An issuer, a verifier of its tokens, and time. */
export class World {
  readonly clock = new TestClock();
  readonly verifier: Verifier;

  private constructor(
    readonly issuer: TestIssuer,
    readonly key: TestKey,
    options: Partial<VerifierOptions>,
  ) {
    this.verifier = this.verifierWith(options);
  }

  static async start(
    options: Partial<VerifierOptions> = {},
    key: TestKey = makeKey(),
  ): Promise<World> {
    return new World(await TestIssuer.start(key), key, options);
  }

  verifierWith(options: Partial<VerifierOptions>): Verifier {
    const usual = { issuer: this.issuer.url, audience: AUDIENCE, clock: this.clock };
    return createVerifier({ ...usual, ...options } as VerifierOptions); // the tests' own mixtures
  }

  /** A token that differs from a good one in some claims and members of the header. */
  token(claims: object = {}, header: object = {}): string {
    return compact(
      { ...headerOf(this.key), ...header },
      { ...claimsOf(this.issuer.url), ...claims },
      signWith(this.key, this.key.alg),
    );
  }

  /** The code with which a token is refused; undefined when it is accepted. */
  async refusal(
    token: string,
    needs?: Requirements,
    verifier = this.verifier,
  ): Promise<string | undefined> {
    try {
      await verifier.verify(token, needs);
      return undefined;
    } catch (error) {
      if (error instanceof TokenRejected) return error.code;
      throw error;
    }
  }
}
