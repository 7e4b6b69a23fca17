import { checkHistory } from '../support/checker.js';
import type { Fault } from '../support/fault.js';
import { World } from '../support/world.js';

/** Each spoils one person; `?` is their id. */
const POISON = [
  [`no hash at all`, `UPDATE users SET password_hash = '' WHERE id = ?`],
  [`a hash that is none`, `UPDATE users SET password_hash = 'not a hash' WHERE id = ?`],
  [
    `a hash that wants 4 GiB`,
    `UPDATE users SET password_hash = '$argon2id$v=19$m=4194304,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g' WHERE id = ?`,
  ],
  [`a status that is none`, `UPDATE principals SET status = 'confused' WHERE id = ?`],
  [`a moment far away`, `UPDATE users SET password_changed_at = 9007199254740991 WHERE id = ?`],
] as const;

export const poisonRows: Fault = {
  id: 'F-24',
  title: 'Rows that make no sense',
  injected: `${POISON.map(([name]) => name).join(', ')}; a role whose permissions are no JSON`,
  load: '4 chains of others; each spoiled person signs in',
  isQuick: false,
  async run(parts) {
    const { judgement, server } = parts;
    const world = await World.start(parts, { replicas: 2, chains: 4 });
    const [replica] = world.replicas;
    if (replica === undefined) throw new Error('There is no replica');
    const connection = await server.connect(world.database.name);
    try {
      world.beginLoad();
      for (const [name, sql] of POISON) {
        const who = await world.administrator.createUser(replica);
        if (who === undefined) throw new Error('A user could not be made');
        await connection.query(sql, [who.id]);
        const { status, record } = await world.client.send(replica, 'login', {
          method: 'POST',
          path: '/v1/auth/login',
          body: { identifier: who.username, password: who.password },
        });
        judgement.figure(`sign-in with ${name}`, `${status} after ${record.t1 - record.t0} ms`);
        const isGood = name === 'a moment far away';
        judgement.expect('I-6', (status === 200) === isGood, `sign-in with ${name} is ${status}`);
        await connection.query('DELETE FROM principals WHERE id = ?', [who.id]);
      }
      await world.recover(performance.now());
      await world.endLoad();
      await checkHistory(world);
    } finally {
      await connection.end();
      await world.close();
    }
  },
};
