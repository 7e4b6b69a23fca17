import { Controller, Get, Module } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Authenticated, OptionalAuth } from '../src/access/access.js';
import { OptionalPrincipal } from '../src/access/current.js';
import { Fresh } from '../src/access/fresh.js';
import type { Principal } from '../src/access/principal.js';
import { startTestApp } from './support/app.js';
import type { TestApp } from './support/app.js';
import { serviceToken } from './support/services.js';

const ANSWER = {
  schema: { type: 'object', properties: { caller: { type: 'string', nullable: true } } },
} as const;

/** The parts of the vocabulary that no route of the product uses. */
@ApiTags('vocabulary')
@Controller('v1/vocabulary')
class VocabularyController {
  @Get('optional')
  @OptionalAuth()
  @ApiOperation({ summary: 'Greet' })
  @ApiOkResponse(ANSWER)
  optional(@OptionalPrincipal() principal: Principal | undefined) {
    return { caller: principal?.id ?? null };
  }

  @Get('optional-and-fresh')
  @OptionalAuth()
  @Fresh('1m')
  @ApiOperation({ summary: 'A contradiction' })
  @ApiOkResponse(ANSWER)
  contradiction(@OptionalPrincipal() principal: Principal | undefined) {
    return { caller: principal?.id ?? null };
  }

  @Get('services')
  @Authenticated('service')
  @ApiOperation({ summary: 'For services' })
  @ApiOkResponse(ANSWER)
  services(@OptionalPrincipal() principal: Principal | undefined) {
    return { caller: principal?.id ?? null };
  }
}

@Module({ controllers: [VocabularyController], providers: [DiscoveryService, MetadataScanner] })
class VocabularyModule {}

describe('the vocabulary of access', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp({ extraModule: VocabularyModule });
  });
  afterAll(() => app.close());

  const call = (path: string, headers: Record<string, string> = {}) =>
    app.api('GET', `/v1/vocabulary/${path}`, { headers });
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  describe('@OptionalAuth', () => {
    it('takes whoever sends no token as nobody, and whoever sends one as whom it speaks for', async () => {
      const { id, token } = await app.createUser();
      expect(await call('optional')).toMatchObject({ status: 200, body: { caller: null } });
      expect(await call('optional', bearer(token))).toMatchObject({ body: { caller: id } });
      const service = await call('optional', bearer(serviceToken(app)));
      expect(service.body).toMatchObject({ caller: expect.any(String) as unknown });
    });

    it('refuses a token that is not good: nobody is served less than they asked for', async () => {
      const { token, refreshToken } = await app.createUser();
      const expired = (await app.createUser()).token;
      app.clock.advance(11 * 60_000);
      const bad = [
        bearer('garbage'),
        bearer(`${token}x`),
        bearer(refreshToken),
        bearer(expired),
        { authorization: 'Bearer' },
        { authorization: 'Bearer ' },
        { authorization: 'Bearer a b' },
      ];
      for (const headers of bad) {
        expect(await call('optional', headers)).toMatchObject({
          status: 401,
          body: { code: 'invalid_token' },
        });
      }
    });

    it('refuses a token that was revoked', async () => {
      const { token } = await app.createUser();
      await app.api('POST', '/v1/auth/logout', { token });
      expect((await call('optional', bearer(token))).status).toBe(401);
    });

    it('does not overlook credentials of a kind that it does not take', async () => {
      for (const authorization of ['Basic YWRhOngK', 'Digest x', 'bearertoken']) {
        expect(await call('optional', { authorization })).toMatchObject({
          status: 401,
          body: { code: 'authentication_required' },
        });
      }
    });

    it('is not enough where a fresh token is asked for', async () => {
      const { token, id } = await app.createUser();
      expect((await call('optional-and-fresh')).status).toBe(401);
      expect(await call('optional-and-fresh', bearer(token))).toMatchObject({
        body: { caller: id },
      });
    });
  });

  it('@Authenticated for services keeps people out, whatever their roles', async () => {
    const { token } = await app.admin();
    expect(await call('services', bearer(token))).toMatchObject({
      status: 403,
      body: { code: 'access_denied', detail: 'only service accounts may do this' },
    });
    expect((await call('services', bearer(serviceToken(app)))).status).toBe(200);
    expect((await call('services')).status).toBe(401);
  });
});
