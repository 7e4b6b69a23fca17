import { OmitType, PickType } from '@nestjs/swagger';
import { ChoiceField, IntegerField, TextField } from '../../platform/http/fields.js';
import type { IssuedToken } from '../../tokens/token-issuer.js';
import { EMAIL_MAX } from '../../users/user.entity.js';

/** Far above every allowed length: a limit on work, not the password rule, which is told when setting one. */
const PASSWORD_INPUT_MAX = 1024;

/** Longest refresh token: a UUID, a generation, a MAC. */
const REFRESH_TOKEN_MAX = 128;

/** How tokens travel: in the body and the `Authorization` header, or in the cookies of a browser. */
const TRANSPORTS = ['bearer', 'cookie'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** Credentials of a person. */
export class LoginRequest {
  @TextField({
    description: 'E-mail address or username.',
    max: EMAIL_MAX,
    example: 'ada@example.com',
  })
  readonly identifier!: string;

  @TextField({
    description: 'Password.',
    max: PASSWORD_INPUT_MAX,
    secret: true,
    example: 'correct horse battery staple',
  })
  readonly password!: string;

  @ChoiceField({
    description:
      '`cookie`: the tokens come as cookies that scripts cannot read, for pages in a browser. Otherwise they come in the answer.',
    choices: TRANSPORTS,
    optional: true,
    example: 'bearer',
  })
  readonly transport?: Transport;
}

/** A proof of who one is, by somebody who is signed in. */
export class ReauthenticationRequest extends PickType(LoginRequest, ['password']) {}

/** A refresh token that is to be exchanged. */
export class RefreshRequest {
  @TextField({
    description:
      'The refresh token that the last sign-in or refresh gave. Left out by browsers, which send it as a cookie.',
    max: REFRESH_TOKEN_MAX,
    secret: true,
    optional: true,
  })
  readonly refresh_token?: string;
}

/** Tokens (RFC 6749 5.1). */
export class TokenResponse {
  @TextField({
    description: 'A signed JWT; send it as `Authorization: Bearer ...`.',
    max: 8192,
    secret: true,
  })
  readonly access_token!: string;

  @ChoiceField({
    description: 'How to send the access token.',
    choices: ['Bearer'],
    example: 'Bearer',
  })
  readonly token_type!: 'Bearer';

  @IntegerField({
    description: 'Seconds until the access token expires.',
    min: 1,
    max: 86400,
    example: 600,
  })
  readonly expires_in!: number;

  @TextField({
    description: 'Exchange it at `/v1/auth/refresh` for new tokens. Usable once.',
    max: REFRESH_TOKEN_MAX,
    secret: true,
  })
  readonly refresh_token!: string;

  @TextField({
    description: 'The permissions of the access token, separated by spaces.',
    min: 0,
    max: 8192,
    example: 'resources:read resources:write',
  })
  readonly scope!: string;
}

/** An access token alone: the session's refresh token stays the one that it was. */
export class AccessTokenResponse extends OmitType(TokenResponse, ['refresh_token']) {
  static of(issued: IssuedToken): AccessTokenResponse {
    return {
      access_token: issued.token,
      token_type: 'Bearer',
      expires_in: issued.expiresInSeconds,
      scope: issued.scope,
    };
  }
}

/** What a browser gets to know of tokens that came as cookies. */
export class CookieResponse {
  @IntegerField({
    description: 'Seconds until the access token expires.',
    min: 1,
    max: 86400,
    example: 600,
  })
  readonly expires_in!: number;

  @TextField({
    description: 'The permissions of the access token, separated by spaces.',
    min: 0,
    max: 8192,
    example: 'resources:read resources:write',
  })
  readonly scope!: string;

  @TextField({
    description:
      'Send it with every request that changes something, in the header `X-CSRF-Token` (or as configured). Also in a cookie that pages of this host can read.',
    max: 128,
    secret: true,
  })
  readonly csrf_token!: string;
}
