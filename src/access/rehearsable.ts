import { SetMetadata } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { defineProblem } from '../platform/http/problem.js';
import { RouteMemo } from './route-memo.js';

const REHEARSABLE = 'signet:rehearsable';

/** A route that does not know `dryRun` would do what somebody only wanted to hear about. */
export class NoDryRun extends defineProblem(
  'no_dry_run',
  400,
  'This cannot be tried without being done',
) {}

/** Marks a route that takes `dryRun`. */
export const Rehearsable = () => SetMetadata(REHEARSABLE, true);

const marked = new RouteMemo((handler) => Reflect.getMetadata(REHEARSABLE, handler) === true);

/** @throws NoDryRun */
export function expectNoDryRun(context: ExecutionContext): void {
  const { query } = context.switchToHttp().getRequest<FastifyRequest>();
  if (query === undefined || query === null || !Object.hasOwn(query, 'dryRun')) return;
  if (!marked.of(context)) throw new NoDryRun();
}
