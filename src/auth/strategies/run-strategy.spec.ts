import { describe, expect, it } from '@jest/globals';
import passport from 'passport';
import { decide, runStrategy } from './run-strategy.js';

interface Request {
  readonly name: string;
  readonly wait: Promise<void>;
}

/** Lets in whoever the request names, once the request says so. */
class NamingStrategy extends passport.Strategy {
  override authenticate(request: unknown): void {
    const { name, wait } = request as Request;
    wait.then(
      () => {
        this.success({ name });
      },
      (error: unknown) => {
        this.error(error);
      },
    );
  }
}

class RefusingStrategy extends passport.Strategy {
  override authenticate(): void {
    this.fail('no');
  }
}

describe('running a strategy', () => {
  it('never gives one request the user of another, whichever ends first', async () => {
    const strategy = new NamingStrategy();
    let endFirst: () => void = () => undefined;
    const first = runStrategy(strategy, {
      name: 'ada',
      wait: new Promise<void>((resolve) => (endFirst = resolve)),
    });
    const second = runStrategy(strategy, { name: 'grace', wait: Promise.resolve() });
    expect(await second).toEqual({ name: 'grace' });
    endFirst();
    expect(await first).toEqual({ name: 'ada' });
  });

  it('hands on what the strategy throws', async () => {
    const failure = new Error('the database is away');
    const running = runStrategy(new NamingStrategy(), { name: '', wait: Promise.reject(failure) });
    await expect(running).rejects.toBe(failure);
  });

  it('says undefined when the strategy refuses', async () => {
    expect(await runStrategy(new RefusingStrategy(), {})).toBeUndefined();
  });
});

/** Lets in the name of the request, at once; throws what the request says. */
class QuickStrategy extends passport.Strategy {
  override authenticate(request: unknown, { fails }: { readonly fails?: Error }): void {
    if (fails !== undefined) this.error(fails);
    else this.success({ name: (request as Request).name });
  }
}

describe('a strategy that decides at once', () => {
  it('lets in, refuses, or throws', () => {
    const failure = new Error('a bad token');
    expect(decide(new QuickStrategy(), { name: 'ada' })).toEqual({ name: 'ada' });
    expect(decide(new RefusingStrategy(), {})).toBeUndefined();
    expect(() => decide(new QuickStrategy(), { name: 'ada' }, { fails: failure })).toThrow(failure);
  });

  it('lets nobody in when it wants to decide later', async () => {
    const later = { name: 'ada', wait: Promise.resolve() };
    expect(() => decide(new NamingStrategy(), later)).toThrow('not decided');
    await later.wait;
  });

  it('leaves nothing of one request behind for the next', () => {
    const strategy = new QuickStrategy();
    decide(strategy, { name: 'ada' });
    expect(Object.keys(strategy)).toEqual([]);
  });
});
