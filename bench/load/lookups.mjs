/**
 * Looks tokens up in the product's own index with a million revocations. Tells the CPU time of a lookup, in
 * nanoseconds, of tokens that are not revoked and of some that are, and what an entry takes, in bytes.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { RevocationIndex } from '../../dist/src/revocation/revocation-index.js';

/** As many of each: a token that is not revoked is then looked for in all of them. */
const KINDS = ['token', 'session', 'principal', 'credential'];
const OF_EACH = 250_000;
const READ_FIRST = 1000;
/** So many that neither they nor their places are in the caches of the processor. */
const TOKENS = 200_000;
const PASSES = 5;
const EXPIRES_AT = Date.now() + 3_600_000;

const index = new RevocationIndex();
const revoked = [];
for (let i = 0; i < OF_EACH; i++) {
  for (const kind of KINDS) {
    const token = revokeOne(kind);
    if (revoked.length < TOKENS) revoked.push(token);
  }
  if (i === READ_FIRST) index.expectGrowth(OF_EACH / i); // as when it is loaded
}

// As they are when they have been read from JSON.
const strangers = JSON.parse(JSON.stringify(Array.from({ length: TOKENS }, newToken)));
const taken = JSON.parse(JSON.stringify(revoked));
expect(strangers, 0);
expect(taken, taken.length);
const entries = KINDS.length * OF_EACH;
if (index.size !== entries) throw new Error(`${index.size} entries`);
console.log(
  JSON.stringify({
    miss: nanosOf(strangers),
    hit: nanosOf(taken),
    bytes: index.bytes / entries,
  }),
);

function newToken() {
  return {
    jti: randomBytes(16).toString('base64url'),
    sid: randomUUID(),
    sub: randomUUID(),
    ver: 1,
    kid: 'FO2bjJ5wtKkuwcFr-Isx7mHtAMy_Aa1Fex45EUlz2Gs',
  };
}

/** @returns a token that the revocation takes */
function revokeOne(kind) {
  const claim = { token: 'jti', principal: 'sub', session: 'sid', credential: 'sid' }[kind];
  const token = newToken();
  const minVersion = kind === 'principal' ? 2 : null;
  index.add({ kind, subject: token[claim], minVersion, expiresAt: EXPIRES_AT });
  return token;
}

function expect(tokens, count) {
  const found = tokens.filter((token) => index.find(token) !== undefined).length;
  if (found !== count) throw new Error(`${found} of ${tokens.length} were found, not ${count}`);
}

function nanosOf(tokens) {
  const before = process.cpuUsage();
  let found = 0;
  for (let pass = 0; pass < PASSES; pass++)
    for (const token of tokens) if (index.find(token) !== undefined) found++;
  const { user, system } = process.cpuUsage(before);
  // Asked, so that no compiler leaves the lookups out.
  if (found % PASSES !== 0) throw new Error('The same lookups found something else');
  return ((user + system) * 1000) / (PASSES * tokens.length);
}
