import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findProgram } from '../../../scripts/mariadb.mjs';
import { checkDatabase } from '../support/database-checks.js';
import type { Fault } from '../support/fault.js';
import { NotPossibleHere } from '../support/judgement.js';
import { World } from '../support/world.js';

export const restored: Fault = {
  id: 'F-26',
  title: 'A backup under load, and a restore that goes back',
  injected:
    'mariadb-dump --single-transaction under load; sessions are ended; the dump is restored',
  load: '12 chains and user changes on two replicas',
  isQuick: false,
  async run(parts) {
    const { judgement, scratch, server } = parts;
    const program = findProgram('mariadb-dump');
    if (program === undefined) throw new NotPossibleHere('mariadb-dump is not installed.');
    const world = await World.start(parts, { replicas: 2, chains: 12 });
    const [first] = world.replicas;
    if (first === undefined) throw new Error('There is no replica');
    const acceptedOf = async (tokens: readonly string[]) => {
      const statuses: number[] = [];
      for (const replica of world.replicas) {
        for (const token of tokens) {
          const { status } = await world.client.send(replica, 'me', {
            method: 'GET',
            path: '/v1/auth/me',
            token,
          });
          statuses.push(status);
        }
      }
      return statuses.filter((status) => status < 300).length;
    };
    try {
      for (const chain of world.chains.slice(0, 4)) await chain.logout(first);
      const before = world.chains.flatMap(({ ended }) => ended.map(tokenOf));
      world.beginLoad();
      await sleep(1000);
      const dump = await promisify(execFile)(
        program,
        [
          '--no-defaults',
          '--single-transaction',
          '--host=127.0.0.1',
          `--port=${server.port}`,
          '--user=root',
          world.database.name,
        ],
        { maxBuffer: 2 ** 28 },
      );
      const file = scratch.path('dump');
      writeFileSync(file, dump.stdout);
      await sleep(1000);
      await world.endLoad();
      const ending = world.chains.filter(({ isSignedIn }) => isSignedIn).slice(0, 6);
      for (const chain of ending) await chain.logout(first);
      const after = ending.flatMap(({ ended }) => ended.slice(-1).map(tokenOf));
      await sleep(1500); // every replica has seen those revisions
      await server.sql(readFileSync(file, 'utf8'), world.database.name);
      await sleep(2500);
      judgement.expect(
        'I-1',
        (await acceptedOf(after)) === 0,
        'a running replica took the old history',
      );
      for (const replica of world.replicas)
        judgement.expect(
          'I-6',
          !(await replica.isReady()),
          `${replica.name} serves on an older history`,
        );
      // One that is started anew finds the mark in its data folder, the other has noticed by itself.
      await first.stop('SIGINT');
      first.start();
      await sleep(3000);
      judgement.expect(
        'I-6',
        !(await first.isReady()),
        'a restarted replica serves before the end',
      );
      await first.finishRestore();
      await world.allReady();
      judgement.expect('I-1', (await acceptedOf(before)) === 0, 'revocations of the dump are lost');
      judgement.expect('I-1', (await acceptedOf(after)) === 0, 'the restore has revived sessions');
      const otherwise = world.endings.acknowledged.flatMap(({ dead }) => dead);
      judgement.expect(
        'I-1',
        (await acceptedOf(otherwise)) === 0,
        'the restore has revived what was revoked otherwise',
      );
      judgement.figure('tokens refused otherwise', otherwise.length);
      judgement.figure(
        'sessions ended before and after the dump',
        `${before.length} and ${after.length}`,
      );
      // Only what the database holds by itself: the history that was acknowledged since is gone.
      world.recorder.records.length = 0;
      world.administrator.users.length = 0;
      world.endings.people.length = 0;
      await checkDatabase(world);
      await world.leftovers?.check(world);
    } finally {
      await world.close();
    }
  },
};

function tokenOf({ accessToken }: { readonly accessToken: string }): string {
  return accessToken;
}
