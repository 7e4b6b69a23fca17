import { SetMetadata } from '@nestjs/common';
import type { ProblemClass, ProblemKind } from './problem.js';

const THROWS = 'problems';

/** Anything that carries a problem kind, whatever its constructor takes. */
type Documented = Pick<ProblemClass, 'kind'>;

/** The problems that a route answers with, beyond those that follow from its access and its parameters. */
export const Throws = (...problems: readonly Documented[]) =>
  SetMetadata(
    THROWS,
    problems.map((problem) => problem.kind),
  );

/** What a handler says it throws. */
export function thrownBy(handler: object): readonly ProblemKind[] {
  const kinds: unknown = Reflect.getMetadata(THROWS, handler);
  return (kinds as readonly ProblemKind[] | undefined) ?? []; // only `Throws` writes this key
}
