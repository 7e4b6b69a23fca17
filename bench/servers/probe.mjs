import { Controller, Get, Module } from '@nestjs/common';
import { Roles } from '../../dist/src/access/access.js';
import { CurrentPrincipal } from '../../dist/src/access/current.js';
import { decorateClass, decorateMethod } from './decorate.mjs';

/** Answers who the token speaks for. */
class ProbeController {
  read(principal) {
    const { id, sessionId, tokenId, roles, permissions, expiresAt } = principal;
    return { id, sessionId, tokenId, roles, permissions: [...permissions], expiresAt };
  }
}
CurrentPrincipal()(ProbeController.prototype, 'read', 0);
Reflect.defineMetadata('design:paramtypes', [Object], ProbeController.prototype, 'read');
decorateMethod(ProbeController, 'read', Get(), Roles('viewer'));
decorateClass(ProbeController, Controller('v1/probe'));

export class ProbeModule {}
decorateClass(ProbeModule, Module({ controllers: [ProbeController] }));
