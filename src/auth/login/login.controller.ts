import { Body, Controller, Header, HttpCode, Post, Req, Res, UseGuards } from '@nestjs/common';
import {
  ApiBody,
  ApiExtraModels,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  refs,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AmbiguousCredentials } from '../../access/access.errors.js';
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
import { CsrfFailed, TransportOff } from '../cookies/cookies.errors.js';
import { AuthenticatedBy, CredentialsGuard } from './credentials.guard.js';
import type { AuthenticatedUser } from './credentials.service.js';
import {
  AccessTokenResponse,
  CookieResponse,
  LoginRequest,
  ReauthenticationRequest,
  RefreshRequest,
  TokenResponse,
} from './login.dto.js';
import { LoginService } from './login.service.js';
import { ReauthenticationService } from './reauthentication.service.js';
import { TransportService } from './transport.service.js';

/** Either shape, by the transport. */
const TOKENS = { schema: { oneOf: refs(TokenResponse, CookieResponse) } };
const ACCESS_TOKEN = { schema: { oneOf: refs(AccessTokenResponse, CookieResponse) } };

@ApiTags('auth')
@ApiExtraModels(TokenResponse, AccessTokenResponse, CookieResponse)
@Controller('v1/auth')
export class LoginController {
  constructor(
    private readonly login: LoginService,
    private readonly reauthentication: ReauthenticationService,
    private readonly transports: TransportService,
  ) {}

  @Post('login')
  @Public()
  @UseGuards(CredentialsGuard)
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Sign in with an identifier and a password' })
  @ApiBody({ type: LoginRequest })
  @ApiOkResponse(TOKENS)
  @Throws(
    InvalidCredentials,
    TooManyAttempts,
    HashQueueFull,
    TokenTooLarge,
    TransportOff,
    CsrfFailed,
  )
  async signIn(
    @AuthenticatedBy() user: AuthenticatedUser,
    @Body() { transport }: LoginRequest,
    @AnonymousActor() by: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TokenResponse | CookieResponse> {
    const granted = await this.login.login(by, user, this.transports.tokenSizeMax(transport));
    return this.transports.answer(reply, granted, transport);
  }

  @Post('refresh')
  @Public()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Exchange a refresh token for new tokens' })
  @ApiBody({ type: RefreshRequest, required: false })
  @ApiOkResponse({
    ...TOKENS,
    headers: {
      'Signet-Refresh': {
        description:
          '`replayed` when this token had been exchanged before, within the grace; then the answer holds the same successor.',
        schema: { type: 'string', enum: ['replayed'] },
      },
    },
  })
  @Throws(
    InvalidRefreshToken,
    SessionExpired,
    SessionEnded,
    RefreshTokenReused,
    TokenTooLarge,
    TransportOff,
    AmbiguousCredentials,
    CsrfFailed,
  )
  async refresh(
    @Body() body: RefreshRequest,
    @AnonymousActor() by: Actor,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TokenResponse | CookieResponse> {
    const { token, transport, csrfToken } = this.transports.refreshTokenOf(request, body);
    // A refusal leaves the cookies alone: another request of this browser may have got newer ones meanwhile.
    const granted = await this.login.refresh(by, token, this.transports.tokenSizeMax(transport));
    if (granted.replayed) void reply.header('Signet-Refresh', 'replayed');
    return this.transports.answer(reply, granted, transport, csrfToken);
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
  @ApiOkResponse(ACCESS_TOKEN)
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
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AccessTokenResponse | CookieResponse> {
    const transport = this.transports.transportOf(request);
    const sizeMax = this.transports.tokenSizeMax(transport);
    const issued = await this.reauthentication.reauthenticate(by, password, sizeMax);
    return this.transports.answerAccessToken(request, reply, issued, transport);
  }

  @Post('logout')
  @Authenticated('user')
  @HttpCode(204)
  @ApiOperation({ summary: 'Sign out: end the session of this token' })
  @ApiNoContentResponse({ description: 'The session and its tokens are refused from now on.' })
  async logout(
    @CurrentActor() by: SignedIn,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    await this.login.logout(by);
    this.transports.forget(request, reply);
  }

  @Post('logout-all')
  @Authenticated('user')
  @HttpCode(204)
  @ApiOperation({ summary: 'Sign out everywhere: end every session of yours' })
  @ApiNoContentResponse({ description: 'All your sessions and tokens are refused from now on.' })
  async logoutAll(
    @CurrentActor() by: SignedIn,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    await this.login.logoutAll(by);
    this.transports.forget(request, reply);
  }
}
