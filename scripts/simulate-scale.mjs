/**
 * What status lists cost with millions of live tokens: run, not guessed, where that takes seconds.
 * docs/scaling.md explains the figures. After `npm run build`:
 *
 *   node scripts/simulate-scale.mjs [sessions]     ten million when absent
 */
import { performance } from 'node:perf_hooks';
import { randomInt, randomUUID } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { generateKey } from '../dist/src/keys/key-material.js';
import { RevocationIndex } from '../dist/src/revocation/revocation-index.js';
import { digestDocument, listDocument, namedDocument } from '../dist/src/status-lists/documents.js';
import { SignedDocuments } from '../dist/src/status-lists/signed-documents.js';
import { StatusBits } from '../dist/src/status-lists/status-bits.js';
import { LIST_LENGTH } from '../dist/src/status-lists/status-reference.js';

const SESSIONS = Number(process.argv[2] ?? 10_000_000);
/** Settings as they are by default, in seconds. */
const TOKEN_LIFETIME = 600;
const REVOCATION_KEPT = 3600 + 120;
const REFRESH_EVERY = 5;
/** Services that fetch the lists with their own access tokens, so that receipts show them. */
const CONSUMERS = 1000;
const READINGS_KEPT = 24 * 3600;
const IN_FORCE_UNTIL = 1_000_000 * 3_600_000;

const key = await generateKey('ES256');
const validity = {
  issuer: 'https://signet.example.com',
  asOf: Date.now(),
  ttl: 5000,
  lifetime: 60_000,
};
const lists = Math.ceil(SESSIONS / LIST_LENGTH);
const performanceClock = { monotonic: () => performance.now() };

/** A document's bytes as they travel, and the CPU milliseconds that it took to make and sign. */
function measure(make) {
  const documents = new SignedDocuments(performanceClock);
  const before = process.cpuUsage();
  const { jws } = documents.get('x', '1', key, make);
  const { user, system } = process.cpuUsage(before);
  return { bytes: jws.length, ms: (user + system) / 1000 };
}

const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
const mib = (bytes) => `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
const rate = (bytes) => `${((bytes * 8) / 1e6).toFixed(2)} Mbit/s`;
const show = (title, rows) => {
  console.log(`\n${title}`);
  console.table(rows);
};

/** Sessions and their lists, with a share of them revoked at random. */
function listsWith(share) {
  const bits = new StatusBits(3_600_000);
  const revoked = Math.round(SESSIONS * share);
  for (let i = 0; i < revoked; i++) bits.set(randomInt(SESSIONS), i + 1, IN_FORCE_UNTIL);
  const one = measure(() => listDocument(validity, 0, bits.revisionOf(0), bits.bitsOf(0)));
  let all = 0;
  let ms = 0;
  for (let list = 0; list < lists; list++) {
    const made = measure(() =>
      listDocument(validity, list, bits.revisionOf(list), bits.bitsOf(list)),
    );
    all += made.bytes;
    ms += made.ms;
  }
  const digest = measure(() => digestDocument(validity, revoked, bits.revisions(), 0));
  return {
    'in force': `${share * 100} %`,
    'one list': kib(one.bytes),
    'all lists': mib(all),
    'making all (CPU)': `${ms.toFixed(0)} ms`,
    digest: kib(digest.bytes),
    'bits in memory': mib(bits.bytes),
    'consumer, all lists changed each time': rate((all + digest.bytes) / REFRESH_EVERY),
    'consumer, none changed': rate(digest.bytes / REFRESH_EVERY),
  };
}

/** What is revoked by name: principals whose roles changed, which is a row each. */
function namedWith(count) {
  const index = new RevocationIndex();
  const before = process.cpuUsage();
  for (let i = 0; i < count; i++) {
    index.add({
      kind: 'principal',
      subject: randomUUID(),
      minVersion: 2,
      expiresAt: IN_FORCE_UNTIL,
    });
  }
  const { user } = process.cpuUsage(before);
  const document = measure(() => namedDocument(validity, count, index.named()));
  const text = JSON.stringify(index.named());
  return {
    principals: count,
    document: mib(document.bytes),
    'were it compressed': mib((deflateSync(text).length * 16) / 9),
    'making it (CPU)': `${document.ms.toFixed(0)} ms`,
    'taking them in (CPU)': `${(user / 1000).toFixed(0)} ms`,
    index: mib(index.bytes),
  };
}

/** The index of revocations itself, of sessions. */
function indexWith(count) {
  const index = new RevocationIndex();
  for (let i = 0; i < count; i++) {
    index.add({
      kind: 'session',
      subject: randomUUID(),
      minVersion: null,
      expiresAt: IN_FORCE_UNTIL,
    });
    if (i === 1000) index.expectGrowth(count / i); // as when it is loaded
  }
  return {
    'in force': count,
    index: mib(index.bytes),
    'bytes each': (index.bytes / Math.max(1, count)).toFixed(1),
  };
}

/** Rows and writes of the database, from the lifetimes. */
function databaseWith(share) {
  const refreshes = SESSIONS / TOKEN_LIFETIME;
  const revocations = (SESSIONS * share) / REVOCATION_KEPT;
  return {
    'in force': `${share * 100} %`,
    'rows of sessions': SESSIONS,
    'rows of revocations': SESSIONS * share,
    'refreshes a second': Math.round(refreshes),
    'revocations a second': revocations.toFixed(1),
    'writes a second': Math.round(refreshes + 4 * revocations),
  };
}

/** What receipts make of it: a row for each document that a consumer was given, and when it was seen. */
function receiptsWith(share) {
  const revocations = ((SESSIONS * share) / REVOCATION_KEPT) * REFRESH_EVERY;
  const changed = lists * (1 - (1 - 1 / lists) ** revocations);
  const refreshes = CONSUMERS / REFRESH_EVERY;
  const readings = refreshes * (changed + 1); // the lists and the digest
  return {
    'in force': `${share * 100} %`,
    'lists changed between two refreshes': changed.toFixed(1),
    'readings a second': Math.round(readings),
    'readers seen a second': refreshes,
    'readings kept': Math.round(readings * READINGS_KEPT),
  };
}

console.log(`${SESSIONS} live tokens, one a session, in ${lists} lists of ${LIST_LENGTH}`);
show('Status lists', [0, 0.001, 0.01, 0.1].map(listsWith));
show('What is revoked by name', [1000, 10_000, 100_000, 250_000].map(namedWith));
show(
  'The index of revocations',
  [0.001, 0.01, 0.1].map((share) => indexWith(SESSIONS * share)),
);
show('The database', [0.001, 0.01, 0.1].map(databaseWith));
show(`Receipts of ${CONSUMERS} consumers`, [0.001, 0.01, 0.1].map(receiptsWith));
