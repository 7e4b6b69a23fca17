import { RequestMethod } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';

/** A handler of the application and where it answers. */
export interface Route {
  readonly method: string;
  readonly path: string;
  /** `Controller.handler` */
  readonly name: string;
  readonly handler: object;
  readonly controller: object;
}

/** Every route, found through Nest's own metadata rather than through any list of ours. */
export function routesOf(nest: INestApplication): readonly Route[] {
  const scanner = new MetadataScanner();
  return nest
    .get(DiscoveryService, { strict: false })
    .getControllers()
    .flatMap(({ instance, metatype }) => {
      const controller = metatype as object;
      const prototype = Object.getPrototypeOf(instance) as Record<string, object>;
      return scanner.getAllMethodNames(prototype).flatMap((name) => {
        const handler = prototype[name] as object;
        const method = Reflect.getMetadata('method', handler) as RequestMethod | undefined;
        if (method === undefined) return [];
        const path = joined(
          Reflect.getMetadata('path', controller) as string,
          Reflect.getMetadata('path', handler) as string,
        );
        const label = `${(controller as { name: string }).name}.${name}`;
        return [{ method: RequestMethod[method], path, name: label, handler, controller }];
      });
    });
}

function joined(...parts: readonly string[]): string {
  return `/${parts
    .flatMap((part) => part.split('/'))
    .filter((part) => part !== '')
    .join('/')}`;
}
