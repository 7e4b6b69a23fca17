import { setTimeout as sleep } from 'node:timers/promises';
import { expectAccepted } from './endings-checks.js';
import type { World } from './world.js';

const EVERY_MS = 1000;

/** Tries all the time what was revoked: a replica that forgets takes it until it learns of it again. */
export class DeadTokens {
  private readonly dead: readonly string[];
  private readonly alive: readonly string[];
  private tried = 0;
  private isTrying = true;
  private readonly trying: Promise<unknown>;

  /** @param world in which access has ended, and nobody that is signed in signs out any more. */
  constructor(private readonly world: World) {
    const { chains, endings } = world;
    this.dead = [
      ...chains.flatMap(({ ended }) => ended.map(({ accessToken }) => accessToken)),
      ...endings.acknowledged.flatMap(({ dead }) => dead),
    ];
    this.alive = chains.flatMap(({ isSignedIn, accessToken }) => (isSignedIn ? [accessToken] : []));
    this.trying = this.goOn();
  }

  /** What they are answered now by every replica, all of which are ready; and tokens of other sessions. */
  async expectRefused(when: string): Promise<void> {
    await this.tryAll((status) => status === 401, when);
    for (const token of this.alive) await expectAccepted(this.world, token, when);
  }

  /** Ends the trying. */
  async end(): Promise<void> {
    this.isTrying = false;
    await this.trying;
    this.world.judgement.figure('tokens revoked before', this.dead.length);
    this.world.judgement.figure('times that one was tried', this.tried);
  }

  private async goOn(): Promise<void> {
    while (this.isTrying) {
      // Who starts answers nothing, or that it is not ready.
      await this.tryAll((status) => [0, 401, 503].includes(status), 'at any time');
      await sleep(EVERY_MS);
    }
  }

  private async tryAll(isRight: (status: number) => boolean, when: string): Promise<void> {
    const { client, judgement, replicas } = this.world;
    for (const replica of replicas) {
      for (const token of this.dead) {
        const { status } = await client.send(replica, 'me', {
          method: 'GET',
          path: '/v1/auth/me',
          token,
        });
        this.tried++;
        for (const invariant of ['I-1', 'I-12'] as const)
          judgement.expect(
            invariant,
            isRight(status),
            `${replica.name} answers ${status} to a revoked token ${when}`,
          );
      }
    }
  }
}
