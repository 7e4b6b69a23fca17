/** What a token looks like in a header field (RFC 6750 2.1). */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/** For how long documents wait for a token, in ms: not for long enough to endanger the bound. */
const WAIT_MAX = 1000;
/** For how long they are fetched without one after it failed, in ms. */
const PAUSE = 30_000;

/**
 * Who fetches documents: told to Signet so that it knows, and needed for nothing. So whatever goes wrong with
 * it, documents are fetched without, and somebody hears of it once until it works again.
 */
export class Identity {
  private isToldOf = false;
  /** On the monotonic clock, ms. */
  private triedAgainAt = -Infinity;

  /** @param now on the monotonic clock, in ms. */
  constructor(
    private readonly token: (() => Promise<string>) | undefined,
    private readonly now: () => number,
    private readonly tell: (message: string, cause: unknown) => void,
  ) {}

  /** The headers to send; none when there is no token to be had. */
  async headers(): Promise<Readonly<Record<string, string>>> {
    if (this.token === undefined || this.now() < this.triedAgainAt) return {};
    try {
      const token: unknown = await within(WAIT_MAX, this.token);
      if (typeof token !== 'string' || !TOKEN.test(token))
        throw new TypeError('This is no access token');
      return { authorization: `Bearer ${token}` };
    } catch (cause) {
      this.triedAgainAt = this.now() + PAUSE; // or each document would wait for it again
      this.failed('There is no token to fetch status lists with', cause);
      return {};
    }
  }

  failed(message: string, cause: unknown): void {
    if (!this.isToldOf) this.tell(message, cause);
    this.isToldOf = true;
  }

  succeeded(): void {
    this.isToldOf = false;
  }
}

/** @throws what `work` does, or Error when it takes longer. */
async function within<T>(timeout: number, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`It took longer than ${timeout} ms`));
    }, timeout);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
