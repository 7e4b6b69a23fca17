import { Body, Controller, Header, HttpCode, Post, Res, UseGuards } from '@nestjs/common';
import {
  ApiBody,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Authenticated, Public } from '../../access/access.js';
import { AnonymousActor, CurrentActor } from '../../access/current.js';
import type { Actor, SignedIn } from '../../access/principal.js';
import { Throws } from '../../platform/http/throws.js';
import {
  InvalidRefreshToken,
  RefreshTokenReused,
  SessionEnded,
  SessionExpired,
} from '../../sessions/sessions.errors.js';
import { TokenTooLarge } from '../../tokens/token-issuer.js';
import { HashQueueFull } from '../../users/passwords/hash-queue.js';
import { WrongPassword } from '../../users/users.errors.js';
import { InvalidCredentials, TooManyAttempts } from '../auth.errors.js';
import { AuthenticatedBy, CredentialsGuard } from './credentials.guard.js';
import type { AuthenticatedUser } from './credentials.service.js';
import {
  AccessTokenResponse,
  LoginRequest,
  ReauthenticationRequest,
  RefreshRequest,
  TokenResponse,
} from './login.dto.js';
import { LoginService } from './login.service.js';
import { ReauthenticationService } from './reauthentication.service.js';

@ApiTags('auth')
@Controller('v1/auth')
export class LoginController {
  constructor(
    private readonly login: LoginService,
    private readonly reauthentication: ReauthenticationService,
  ) {}

  @Post('login')
  @Public()
  @UseGuards(CredentialsGuard)
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Sign in with an identifier and a password' })
  @ApiBody({ type: LoginRequest })
  @ApiOkResponse({ type: TokenResponse })
  @Throws(InvalidCredentials, TooManyAttempts, HashQueueFull, TokenTooLarge)
  signIn(
    @AuthenticatedBy() user: AuthenticatedUser,
    @AnonymousActor() by: Actor,
  ): Promise<TokenResponse> {
    return this.login.login(by, user);
  }

  @Post('refresh')
  @Public()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Exchange a refresh token for new tokens' })
  @ApiOkResponse({
    type: TokenResponse,
    headers: {
      'Signet-Refresh': {
        description:
          '`replayed` when this token had been exchanged before, within the grace; then the answer holds the same successor.',
        schema: { type: 'string', enum: ['replayed'] },
      },
    },
  })
  @Throws(InvalidRefreshToken, SessionExpired, SessionEnded, RefreshTokenReused, TokenTooLarge)
  async refresh(
    @Body() body: RefreshRequest,
    @AnonymousActor() by: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TokenResponse> {
    const { tokens, replayed } = await this.login.refresh(by, body.refresh_token);
    if (replayed) void reply.header('Signet-Refresh', 'replayed');
    return tokens;
  }

  @Post('reauthenticate')
  @Authenticated('user')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Prove anew who you are, for what asks for a fresh token',
    description:
      'The new access token belongs to the same session, whose refresh token stays as it is. The one that you have stays valid until it expires: requests under way with it go on, and it has become no fresher.',
  })
  @ApiOkResponse({ type: AccessTokenResponse })
  @Throws(
    WrongPassword,
    TooManyAttempts,
    HashQueueFull,
    SessionEnded,
    SessionExpired,
    TokenTooLarge,
  )
  async reauthenticate(
    @Body() { password }: ReauthenticationRequest,
    @CurrentActor() by: SignedIn,
  ): Promise<AccessTokenResponse> {
    return AccessTokenResponse.of(await this.reauthentication.reauthenticate(by, password));
  }

  @Post('logout')
  @Authenticated('user')
  @HttpCode(204)
  @ApiOperation({ summary: 'Sign out: end the session of this token' })
  @ApiNoContentResponse({ description: 'The session and its tokens are refused from now on.' })
  logout(@CurrentActor() by: SignedIn): Promise<void> {
    return this.login.logout(by);
  }

  @Post('logout-all')
  @Authenticated('user')
  @HttpCode(204)
  @ApiOperation({ summary: 'Sign out everywhere: end every session of yours' })
  @ApiNoContentResponse({ description: 'All your sessions and tokens are refused from now on.' })
  logoutAll(@CurrentActor() by: SignedIn): Promise<void> {
    return this.login.logoutAll(by);
  }
}
