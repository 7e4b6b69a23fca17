import 'reflect-metadata';
import type { ExecutionContext, Type } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { HeaderOnly, declaresHeaderOnly, takesHeaderOnly } from './header-only.js';

class Mixed {
  @HeaderOnly() forMachines(): void {}
  forAnyone(): void {}
}

@HeaderOnly()
class Machines {
  inherited(): void {}
}

function marked(controller: Type, method: string): boolean {
  const handler = (controller.prototype as Record<string, object>)[method] ?? {};
  const context = { getClass: () => controller, getHandler: () => handler };
  const called = takesHeaderOnly(context as unknown as ExecutionContext); // no more is asked
  expect(declaresHeaderOnly(handler, controller)).toBe(called);
  return called;
}

describe('HeaderOnly', () => {
  it('marks a handler, or all of a controller', () => {
    expect(marked(Mixed, 'forMachines')).toBe(true);
    expect(marked(Mixed, 'forAnyone')).toBe(false);
    expect(marked(Machines, 'inherited')).toBe(true);
  });
});
