import { signed } from '../../../../src/keys/signature.js';
import {
  digestDocument,
  listDocument,
  namedDocument,
} from '../../../../src/status-lists/documents.js';
import type { Document } from '../../../../src/status-lists/documents.js';
import { listUri } from '../../../../src/status-lists/status-reference.js';
import type { Minter } from './minter.js';

/** Signet's defaults, in milliseconds. */
const TTL = 5000;
const LIFETIME = 60_000;

/** The status lists of a mock issuer, made by Signet's own code and signed at each request. */
export class MockStatusLists {
  constructor(private readonly minter: Minter) {}

  /** What is served at a path below `/v1/status-lists`; undefined when nothing is. */
  answer(path: string): Response | undefined {
    if (path === '') {
      return Response.json({ status_lists: [listUri(this.minter.policy.issuer, 0)] });
    }
    const document = this.documentAt(path);
    if (document === undefined) return undefined;
    const key = this.minter.keys.active;
    const { type, claims } = document;
    const jws = signed({ alg: key.algorithm, typ: type, kid: key.kid }, claims, key);
    return new Response(jws, { headers: { 'content-type': `application/${type}` } });
  }

  private documentAt(path: string): Document | undefined {
    const { revocations, policy, clock } = this.minter;
    const { revision, bits } = revocations;
    const validity = { issuer: policy.issuer, asOf: clock.now(), ttl: TTL, lifetime: LIFETIME };
    switch (path) {
      case '/digest':
        return digestDocument(validity, revision, bits.revisions(), revision);
      case '/named':
        return namedDocument(validity, revision, revocations.named());
      case '/0': // no test has more sessions than that
        return listDocument(validity, 0, bits.revisionOf(0), bits.bitsOf(0));
      default:
        return undefined;
    }
  }
}
