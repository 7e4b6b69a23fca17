import { Injectable, RequestMethod } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { AccessDenied, StaleAuthentication } from '../../access/access.errors.js';
import { declaredAccess } from '../../access/access.js';
import type { Access } from '../../access/access.js';
import { declaredFreshness } from '../../access/fresh.js';
import type { FreshnessDemand } from '../../access/fresh.js';
import { oauthCallersOf } from '../../oauth/oauth-endpoint.js';
import type { OAuthCallers } from '../../oauth/oauth-endpoint.js';
import type { ProblemKind } from '../../platform/http/problem.js';
import { thrownBy } from '../../platform/http/throws.js';

/** A route of Signet's own API, and what it asks of its callers. */
export interface KnownRoute {
  readonly method: string;
  /** The template of its address, such as `/v1/users/:id`. */
  readonly path: string;
  readonly access: Access | undefined;
  readonly freshness: FreshnessDemand | undefined;
  /** What an endpoint of OAuth asks, which is public to the guards. */
  readonly callers: OAuthCallers | undefined;
  /** Whether it refuses some requests that the guards let in, by what they are about. */
  readonly decidesFurther: boolean;
}

/** What a service throws when its caller may do this to some things, or now and then, and not to this. */
const REFUSALS: ReadonlySet<ProblemKind> = new Set([AccessDenied.kind, StaleAuthentication.kind]);

/** The routes of the application, from Nest's own metadata: a list of ours would be wrong one day. */
@Injectable()
export class RouteTable {
  private routes: readonly KnownRoute[] | undefined;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  /** The route that answers a request; its address may be a template, too. */
  find(method: string, address: string): KnownRoute | undefined {
    const wanted = method === 'HEAD' ? 'GET' : method; // Fastify answers both
    const parts = (/^[^?#]*/.exec(address)?.[0] ?? '').split('/');
    this.routes ??= this.discover();
    return this.routes.find((route) => route.method === wanted && matches(route.path, parts));
  }

  private discover(): readonly KnownRoute[] {
    const routes = this.discovery.getControllers().flatMap(({ metatype }) => {
      const controller = metatype as object; // a controller has a class
      const prototype = Reflect.get(controller, 'prototype') as Record<string, object>;
      return this.scanner.getAllMethodNames(prototype).flatMap((name): readonly KnownRoute[] => {
        const handler = prototype[name] ?? {};
        const method = Reflect.getMetadata('method', handler) as RequestMethod | undefined;
        if (method === undefined) return [];
        return [
          {
            method: RequestMethod[method],
            path: joined(
              Reflect.getMetadata('path', controller) as string,
              Reflect.getMetadata('path', handler) as string,
            ),
            access: declaredAccess(handler, controller),
            freshness: declaredFreshness(handler, controller),
            callers: oauthCallersOf(handler),
            decidesFurther: thrownBy(handler).some((kind) => REFUSALS.has(kind)),
          },
        ];
      });
    });
    // The router prefers what is spelled out to a parameter, part by part.
    return routes.sort((a, b) => rankOf(a.path).localeCompare(rankOf(b.path)));
  }
}

function joined(...paths: readonly string[]): string {
  const parts = paths.flatMap((path) => path.split('/')).filter((part) => part !== '');
  return `/${parts.join('/')}`;
}

function rankOf(path: string): string {
  return path
    .split('/')
    .map((part) => (part.startsWith(':') ? '1' : '0'))
    .join('');
}

function matches(template: string, parts: readonly string[]): boolean {
  const wanted = template.split('/');
  return (
    wanted.length === parts.length &&
    wanted.every((part, i) => (part.startsWith(':') ? parts[i] !== '' : part === parts[i]))
  );
}
