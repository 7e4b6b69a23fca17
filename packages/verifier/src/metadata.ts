import type { JsonHttp } from './http.js';
import { isObject } from './claims.js';
import { SingleFlight } from './single-flight.js';

type Endpoint = 'jwks_uri' | 'token_endpoint' | 'introspection_endpoint';
type Metadata = Readonly<Record<string, unknown>>;

/** What an issuer says of itself (RFC 8414), fetched when it is first needed and kept until forgotten. */
export class IssuerMetadata {
  private known: Metadata | undefined;
  private readonly loading = new SingleFlight(() => this.load());

  /** @throws TypeError when this is no issuer that may be used. */
  constructor(
    readonly issuer: string,
    private readonly http: JsonHttp,
  ) {
    const { search, hash } = new URL(http.checkUrl(issuer, 'issuer'));
    if (search !== '' || hash !== '') throw new TypeError(`issuer has a query: ${issuer}`);
  }

  /** @throws Error when the metadata cannot be fetched, is not this issuer's, or lacks the address. */
  async endpoint(name: Endpoint): Promise<string> {
    const metadata = this.known ?? (await this.loading.run());
    const address = metadata[name];
    if (typeof address !== 'string') {
      this.forget();
      throw new Error(`The metadata of ${this.issuer} has no ${name}`);
    }
    return this.http.checkUrl(address, name);
  }

  /** Fetches anew next time: an address that does not answer may have moved. */
  forget(): void {
    this.known = undefined;
  }

  private async load(): Promise<Metadata> {
    const { body } = await this.http.get(addressOf(this.issuer));
    // RFC 8414 3.3: otherwise somebody else's metadata, and keys, could be taken for this issuer's.
    if (!isObject(body) || (body as Metadata)['issuer'] !== this.issuer) {
      throw new Error(`The metadata at ${addressOf(this.issuer)} is not of ${this.issuer}`);
    }
    this.known = body as Metadata;
    return this.known;
  }
}

/** RFC 8414 3.1: the well-known part stands between host and path. */
function addressOf(issuer: string): string {
  const { origin, pathname } = new URL(issuer);
  return `${origin}/.well-known/oauth-authorization-server${pathname.replace(/\/$/, '')}`;
}
