import type { Template } from './consumer.js';
import { expressJwt } from './express-jwt.js';
import { express } from './express.js';
import { fastify } from './fastify.js';
import { flaskJwtExtended } from './flask-jwt-extended.js';
import { jose } from './jose.js';
import { nest } from './nest.js';
import { phpJwt } from './php-jwt.js';
import { pyjwt } from './pyjwt.js';
import { pythonJose } from './python-jose.js';
import { spring } from './spring.js';

/** A template for each library that teams verify tokens with. */
export const TEMPLATES = {
  'flask-jwt-extended': flaskJwtExtended,
  'express-jwt': expressJwt,
  'php-jwt': phpJwt,
  'python-jose': pythonJose,
  pyjwt,
  spring,
  nest,
  express,
  fastify,
  jose,
} as const satisfies Readonly<Record<string, Template>>;

export type ConsumerLibrary = keyof typeof TEMPLATES;
// Object.keys does not know that these are all the keys.
export const CONSUMER_LIBRARIES = Object.keys(TEMPLATES) as readonly ConsumerLibrary[];
