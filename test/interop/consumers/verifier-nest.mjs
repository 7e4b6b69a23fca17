import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Auth, Scopes } from '@signet/verifier/nest';
import { answerLines, askServer } from './lines.mjs';

const { SignetAuthModule } = await import(process.argv[2]);

// Decorated by calls: JavaScript has no syntax for it yet.
class Routes {
  read(token) {
    return { sub: token.sub };
  }
}
Controller()(Routes);
const read = Object.getOwnPropertyDescriptor(Routes.prototype, 'read');
for (const decorate of [Get('read'), Scopes('read')]) decorate(Routes.prototype, 'read', read);
Auth()(Routes.prototype, 'read', 0);

class App {}
Module({ imports: [SignetAuthModule], controllers: [Routes] })(App);

const app = await NestFactory.create(App, new FastifyAdapter(), { logger: false });
await app.listen(0, '127.0.0.1');
await answerLines(await askServer(await app.getUrl()));
await app.close();
