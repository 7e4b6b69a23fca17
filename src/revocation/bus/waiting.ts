/** Resolves after `ms`, or when the life ends. It keeps no process alive. */
export function pause(ms: number, life: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      life.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms).unref();
    if (life.aborted) end();
    else life.addEventListener('abort', end);
  });
}

/**
 * What `work` comes to, unless the life ends first; and when that takes longer than `ms`, it ends the life:
 * what does not answer is as good as gone.
 */
export function answered<T>(work: Promise<T>, ms: number, life: AbortController): Promise<T> {
  return new Promise((resolve, reject) => {
    const { signal } = life;
    const fail = () => {
      const reason: unknown = signal.reason;
      reject(reason instanceof Error ? reason : new Error(String(reason)));
    };
    const timer = setTimeout(() => {
      life.abort(new Error(`No answer within ${ms} ms`));
    }, ms).unref();
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail);
    void work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', fail);
    });
  });
}
