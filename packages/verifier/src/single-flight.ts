/** One run of something that several callers want at once: whoever comes while it runs gets its outcome. */
export class SingleFlight<T> {
  private running: Promise<T> | undefined;

  constructor(private readonly work: () => Promise<T>) {}

  get isRunning(): boolean {
    return this.running !== undefined;
  }

  run(): Promise<T> {
    this.running ??= this.work().finally(() => (this.running = undefined));
    return this.running;
  }
}
