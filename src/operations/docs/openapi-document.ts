import type { INestApplication } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { OpenAPIObject, OperationObject, PathItemObject } from '@nestjs/swagger';
import { SETTINGS } from '../../config/settings.js';
import type { Settings } from '../../config/settings.js';
import { CLIENT_SCHEME } from '../../oauth/oauth-endpoint.js';
import { packageVersion } from '../../platform/package-version.js';
import { ACCESS_COOKIE, BEARER, CSRF_TOKEN, completeOperation } from './complete-operation.js';
import type { Handler } from './complete-operation.js';
import { PROBLEM_SCHEMA } from './problem-responses.js';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** The OpenAPI document of the application; every route must be registered by then. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const operations = new OperationNames(app.get(DiscoveryService, { strict: false }));
  const settings = app.get<Settings>(SETTINGS, { strict: false });
  const document = SwaggerModule.createDocument(app, describeApi(settings), {
    operationIdFactory: (controller, method) => operations.idOf(controller, method),
  });
  for (const [method, operation] of operationsOf(document)) {
    const handler = operations.handlerOf(operation.operationId ?? '');
    completeOperation(operation, method, handler, settings);
  }
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: PROBLEM_SCHEMA },
  };
  return document;
}

function describeApi({ tokenLocations, cookies, csrfHeader }: Settings) {
  const builder = new DocumentBuilder()
    .setTitle('Signet')
    .setDescription(
      'Token authority for internal teams. Errors are `application/problem+json`; beyond those listed ' +
        'with an operation, any request may be answered with 405, 408, 414, 431 or 500.',
    )
    .setVersion(packageVersion())
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, BEARER)
    .addBasicAuth(
      { type: 'http', scheme: 'basic', description: 'Id and secret of a service account.' },
      CLIENT_SCHEME,
    );
  if (tokenLocations.includes('cookie')) {
    builder
      .addApiKey({ type: 'apiKey', in: 'cookie', name: cookies.access.name }, ACCESS_COOKIE)
      .addApiKey({ type: 'apiKey', in: 'header', name: csrfHeader }, CSRF_TOKEN);
  }
  return builder.build();
}

function operationsOf(document: OpenAPIObject): (readonly [string, OperationObject])[] {
  return Object.values(document.paths).flatMap((item: PathItemObject) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [[method, operation] as const];
    }),
  );
}

/** Names operations after their code (`LoginController.signIn` is `loginSignIn`), and finds it back by that. */
class OperationNames {
  private readonly controllers: ReadonlyMap<string, object>;
  private readonly handlers = new Map<string, Handler>();

  constructor(discovery: DiscoveryService) {
    const wrappers = discovery.getControllers();
    this.controllers = new Map(
      wrappers.map(({ name, metatype }) => [name as string, metatype as object]),
    );
    if (this.controllers.size !== wrappers.length)
      throw new Error('Two controllers have the same name');
  }

  idOf(controllerName: string, methodName: string): string {
    const stem = controllerName.replace(/Controller$/, '');
    const id =
      stem.charAt(0).toLowerCase() +
      stem.slice(1) +
      methodName.charAt(0).toUpperCase() +
      methodName.slice(1);
    const found = this.find(controllerName, methodName);
    const known = this.handlers.get(id);
    if (known !== undefined && known.handler !== found.handler)
      throw new Error(`Two operations are called ${id}`);
    this.handlers.set(id, found);
    return id;
  }

  handlerOf(operationId: string): Handler {
    const found = this.handlers.get(operationId);
    if (found === undefined) throw new Error(`The operation ${operationId} has no handler`);
    return found;
  }

  private find(controllerName: string, methodName: string): Handler {
    const controller = this.controllers.get(controllerName);
    const prototype =
      controller === undefined ? undefined : (Reflect.get(controller, 'prototype') as object);
    const handler: unknown =
      prototype === undefined ? undefined : Reflect.get(prototype, methodName);
    if (controller === undefined || typeof handler !== 'function') {
      throw new Error(`There is no ${controllerName}.${methodName}`);
    }
    return { handler, controller };
  }
}
