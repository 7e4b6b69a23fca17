import type { ExecutionContext } from '@nestjs/common';

/** Remembers what routes declare: it never changes, and to ask for metadata takes longer than to verify a token again. */
export class RouteMemo<T> {
  private readonly byController = new WeakMap<object, WeakMap<object, { readonly value: T }>>();

  constructor(private readonly read: (handler: object, controller: object) => T) {}

  /** What the route that is being called declares. */
  of(context: ExecutionContext): T {
    const [controller, handler] = [context.getClass(), context.getHandler()];
    let byHandler = this.byController.get(controller);
    if (byHandler === undefined) {
      byHandler = new WeakMap();
      this.byController.set(controller, byHandler); // a handler may be inherited by several
    }
    let known = byHandler.get(handler);
    if (known === undefined) {
      known = { value: this.read(handler, controller) };
      byHandler.set(handler, known);
    }
    return known.value;
  }
}
