import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Authenticated } from '../../access/access.js';
import { Fresh } from '../../access/fresh.js';
import { CurrentActor, CurrentPrincipal } from '../../access/current.js';
import type { Principal, SignedIn } from '../../access/principal.js';
import { ListOf } from '../../platform/http/pagination.js';
import { Throws } from '../../platform/http/throws.js';
import { SessionNotFound } from '../../sessions/sessions.errors.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import { HashQueueFull } from '../../users/passwords/hash-queue.js';
import { PasswordChangedMeanwhile, UserNotFound, WrongPassword } from '../../users/users.errors.js';
import { TooManyAttempts } from '../auth.errors.js';
import { UsersService } from '../../users/users.service.js';
import {
  ChangePassword,
  ChangeProfile,
  MeView,
  SessionParams,
  SessionView,
} from './account.dto.js';
import { PasswordChangeService } from './password-change.service.js';

class SessionList extends ListOf(SessionView) {}

@ApiTags('auth')
@Controller('v1/auth')
@Authenticated('user')
export class AccountController {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: PasswordChangeService,
    private readonly sessions: SessionsService,
  ) {}

  @Get('me')
  @ApiOperation({ summary: 'Read your own profile and what your token permits' })
  @ApiOkResponse({ type: MeView })
  @Throws(UserNotFound)
  async me(@CurrentPrincipal() principal: Principal): Promise<MeView> {
    return MeView.of(await this.users.get(principal.id), principal);
  }

  @Patch('me')
  @ApiOperation({ summary: 'Change your own profile' })
  @ApiOkResponse({ type: MeView })
  @Throws(UserNotFound)
  async changeProfile(@Body() body: ChangeProfile, @CurrentActor() by: SignedIn): Promise<MeView> {
    return MeView.of(await this.users.changeOwnProfile(by, body), by.principal);
  }

  @Put('password')
  @Fresh()
  @HttpCode(204)
  @ApiOperation({ summary: 'Change your own password; your other sessions end' })
  @ApiNoContentResponse({ description: 'Changed. Refresh to go on with this session.' })
  @Throws(WrongPassword, PasswordChangedMeanwhile, TooManyAttempts, HashQueueFull, UserNotFound)
  changePassword(@Body() body: ChangePassword, @CurrentActor() by: SignedIn): Promise<void> {
    return this.passwords.change(by, body);
  }

  @Get('sessions')
  @ApiOperation({ summary: 'List your sessions, the one used last first' })
  @ApiOkResponse({ type: SessionList })
  async listSessions(@CurrentPrincipal() { id, sessionId }: Principal): Promise<SessionList> {
    const sessions = await this.sessions.live(id);
    return { items: sessions.map((session) => SessionView.of(session, sessionId)) };
  }

  @Delete('sessions/:id')
  @HttpCode(204)
  @ApiOperation({ summary: 'End one of your sessions' })
  @ApiNoContentResponse({ description: 'The session and its tokens are refused from now on.' })
  @Throws(SessionNotFound)
  endSession(@Param() { id }: SessionParams, @CurrentActor() by: SignedIn): Promise<void> {
    return this.sessions.end(by, by.principal.id, id, 'session_ended');
  }
}
