import type { ExecutionContext } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { RouteMemo } from './route-memo.js';

class Base {
  route(): void {}
  other(): void {}
}
class Left extends Base {}
class Right extends Base {}

describe('what is remembered of a route', () => {
  it('is read once, and never taken for that of another route', () => {
    const read: string[] = [];
    const memo = new RouteMemo((handler, controller) => {
      const name = `${(controller as typeof Base).name}.${(handler as () => void).name}`;
      read.push(name);
      return name === 'Left.other' ? undefined : name;
    });
    const of = (controller: typeof Base, handler: () => void) =>
      memo.of({
        getClass: () => controller,
        getHandler: () => handler,
      } as unknown as ExecutionContext); // no more is asked
    const { route, other } = Base.prototype as unknown as Record<'route' | 'other', () => void>; // never called
    for (let i = 0; i < 3; i++) {
      expect(of(Left, route)).toBe('Left.route');
      expect(of(Right, route)).toBe('Right.route'); // inherited by both
      expect(of(Left, other)).toBeUndefined();
    }
    expect(read).toEqual(['Left.route', 'Right.route', 'Left.other']);
  });
});
