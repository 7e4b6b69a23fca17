import { SwaggerModule } from '@nestjs/swagger';
import type { INestApplication } from '@nestjs/common';
import { openApiDocument } from './openapi-document.js';

/** Where Swagger UI is; below it is everything that a browser loads for it. */
export const DOCS_PATH = '/docs';

/** Serves Swagger UI and `/openapi.json`. The document is made when somebody asks for it, and kept. */
export function serveDocs(app: INestApplication): void {
  SwaggerModule.setup(DOCS_PATH, app, () => openApiDocument(app), {
    jsonDocumentUrl: '/openapi.json',
    raw: ['json'],
    customSiteTitle: 'Signet',
    swaggerOptions: { persistAuthorization: true, validatorUrl: null },
  });
}
