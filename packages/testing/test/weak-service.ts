import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MockIssuer } from '../src/index.js';
import { WeakVerification } from './weak-verification.js';
import type { Weakness } from './weak-verification.js';

class Refused extends Error {}

/** A service that does everything right, with no library, but for the weaknesses that a test gives it. */
export class WeakService {
  /** How often it was asked. */
  requests = 0;
  private readonly server: Server;
  private readonly strict: WeakVerification;
  private readonly weak: WeakVerification;
  private isSulking = false;

  private constructor(
    private readonly issuer: MockIssuer,
    private readonly weaknesses: readonly Weakness[],
  ) {
    this.strict = new WeakVerification(issuer, []);
    this.weak = new WeakVerification(issuer, weaknesses);
    const maxHeaderSize = this.is('oversized') ? 1_000_000 : 16_384;
    this.server = createServer({ maxHeaderSize }, (request, response) => {
      this.statusFor(request).then(
        (status) => response.writeHead(status).end(),
        () => response.writeHead(500).end(),
      );
    });
  }

  static async start(issuer: MockIssuer, ...weaknesses: readonly Weakness[]): Promise<WeakService> {
    const service = new WeakService(issuer, weaknesses);
    await new Promise<void>((resolve) => service.server.listen(0, '127.0.0.1', resolve));
    return service;
  }

  get url(): string {
    const { port } = this.server.address() as AddressInfo; // it listens on a port
    return `http://127.0.0.1:${port}/notes`;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private is(weakness: Weakness): boolean {
    return this.weaknesses.includes(weakness);
  }

  private async statusFor(request: IncomingMessage): Promise<number> {
    this.requests++;
    try {
      if (this.isSulking) {
        this.isSulking = false;
        return 401;
      }
      const token = this.tokenOf(request);
      if (token !== undefined) await this.judge(token);
      return this.is('accepts') ? 403 : 200;
    } catch (error) {
      if (error instanceof Refused) return 401;
      throw error;
    }
  }

  private tokenOf(request: IncomingMessage): string | undefined {
    const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const [query] = [...searchParams.values()];
    const { authorization = '' } = request.headers;
    const count = request.rawHeaders.filter((text) => /^authorization$/i.test(text)).length;
    if (count > 1 && !this.is('twoHeaders')) throw new Refused('two headers');
    if (this.is('queryToken') && query !== undefined) return query;
    if (this.is('noToken') && query === undefined && count === 0) return undefined;
    if (this.is('lowerCaseScheme') && authorization.startsWith('bearer ')) throw new TypeError();
    if (this.is('garbage') && authorization === 'Bearer garbage') throw new TypeError();
    if (this.is('otherScheme') && !authorization.includes(',') && !authorization.endsWith('junk'))
      return authorization.split(' ').at(-1) ?? '';
    const pattern = this.is('trailingText') ? /^Bearer +([\w.~+/-]+)/i : /^Bearer +([\w.~+/-]+)$/i;
    const token = pattern.exec(authorization)?.[1];
    if (token === undefined) throw new Refused('no token');
    return token;
  }

  private async judge(token: string): Promise<void> {
    if (!this.weak.isGood(token)) throw new Refused('not good');
    // The issuer knows more than who was revoked; what is good by a weakness only is not for it to judge.
    if (!this.strict.isGood(token) || this.is('revoked') || token.length > 8192) return;
    if (await this.isActive(token)) return;
    this.isSulking = this.is('acceptsAgain');
    throw new Refused('revoked');
  }

  private async isActive(token: string): Promise<boolean> {
    const answer = await this.issuer.fetch(`${this.issuer.issuer}/oauth/introspect`, {
      method: 'POST',
      body: new URLSearchParams({ token, client_id: 'notes', client_secret: 'secret' }),
    });
    return ((await answer.json()) as { active: boolean }).active;
  }
}
