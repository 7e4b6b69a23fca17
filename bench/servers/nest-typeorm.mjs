/** A bare Nest application on Fastify with TypeORM: one table, one route, nothing else. */
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { DataSource, EntitySchema } from 'typeorm';
import { decorateClass, decorateMethod } from './decorate.mjs';

const Role = new EntitySchema({
  name: 'roles',
  columns: { name: { type: String, primary: true }, description: { type: String } },
});
const database = new DataSource({ ...addressOf(process.env.DATABASE_URL), entities: [Role] });

class AppController {
  ready() {
    return database.getRepository(Role).find();
  }
}
decorateMethod(AppController, 'ready', Get('ready'));
decorateClass(AppController, Controller());
class AppModule {}
decorateClass(AppModule, Module({ controllers: [AppController] }));

await database.initialize();
const app = await NestFactory.create(AppModule, new FastifyAdapter(), {
  logger: ['error', 'warn'],
});
await app.listen(Number(process.env.PORT), '127.0.0.1');

function addressOf(url) {
  if (url.startsWith('sqlite:'))
    return { type: 'better-sqlite3', database: url.slice('sqlite:'.length) };
  const { hostname: host, port, username, pathname } = new URL(url);
  return { type: 'mariadb', host, port: Number(port), username, database: pathname.slice(1) };
}
