import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { Strategy } from 'passport-local';
import { originOf } from '../../access/current.js';
import { CredentialsService } from '../login/credentials.service.js';
import type { AuthenticatedUser } from '../login/credentials.service.js';

/** Validates an identifier and a password, for signing in. */
@Injectable()
export class LocalStrategy extends PassportStrategy(Strategy, 'local') {
  constructor(private readonly credentials: CredentialsService) {
    super({
      usernameField: 'identifier',
      passwordField: 'password',
      passReqToCallback: true,
      session: false,
    });
  }

  validate(
    request: FastifyRequest,
    identifier: string,
    password: string,
  ): Promise<AuthenticatedUser> {
    return this.credentials.verify({ origin: originOf(request) }, identifier, password);
  }
}
