import type { Answer } from './http.js';

/** A cookie as `Set-Cookie` gave it. */
export interface Cookie {
  readonly name: string;
  readonly value: string;
  /** By their names in lower case; '' for those without a value. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** The cookies that an answer sets. */
export function cookiesOf({ headers }: Answer): readonly Cookie[] {
  return headers.getSetCookie().map((line) => {
    const [pair = '', ...attributes] = line.split('; ');
    const [name, value] = split(pair);
    const entries = attributes.map((attribute) => {
      const [key, setting] = split(attribute);
      return [key.toLowerCase(), setting] as const;
    });
    return { name, value, attributes: Object.fromEntries(entries) };
  });
}

function split(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** What a browser does with cookies, as far as these tests need it: keeps, expires and sends them by path. */
export class CookieJar {
  private readonly kept = new Map<string, Cookie>();

  keep(answer: Answer): void {
    for (const cookie of cookiesOf(answer)) {
      const { domain = '', path = '/' } = cookie.attributes;
      const key = `${cookie.name};${domain};${path}`;
      if (cookie.attributes['max-age'] === '0') this.kept.delete(key);
      else this.kept.set(key, cookie);
    }
  }

  /** The `Cookie` header of a request; undefined when there is nothing to send. */
  headerFor(target: string): string | undefined {
    const path = target.split('?')[0] ?? '';
    const sent = [...this.kept.values()].filter(({ attributes }) =>
      reaches(attributes['path'] ?? '/', path),
    );
    if (sent.length === 0) return undefined;
    return sent.map(({ name, value }) => `${name}=${value}`).join('; ');
  }

  get(name: string): string | undefined {
    return [...this.kept.values()].find((cookie) => cookie.name === name)?.value;
  }

  get names(): readonly string[] {
    return [...this.kept.values()].map(({ name }) => name);
  }
}

/** RFC 6265 5.1.4 */
function reaches(scope: string, path: string): boolean {
  return scope === '/' || path === scope || path.startsWith(`${scope}/`);
}
