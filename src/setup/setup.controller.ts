import { Body, Controller, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '../access/access.js';
import { AnonymousActor } from '../access/current.js';
import type { Actor } from '../access/principal.js';
import { TooManyAttempts } from '../auth/auth.errors.js';
import { Throws } from '../platform/http/throws.js';
import { HashQueueFull } from '../users/passwords/hash-queue.js';
import { UserView } from '../users/user.dto.js';
import { SetupRequest } from './setup.dto.js';
import { SetupClosed, WrongSetupToken } from './setup.errors.js';
import { SetupService } from './setup.service.js';

@ApiTags('set-up')
@Controller('v1/setup')
export class SetupController {
  constructor(private readonly setup: SetupService) {}

  @Post()
  @Public()
  @ApiOperation({ summary: 'Make the first administrator; works once' })
  @ApiCreatedResponse({ type: UserView })
  @Throws(SetupClosed, WrongSetupToken, TooManyAttempts, HashQueueFull)
  complete(@Body() body: SetupRequest, @AnonymousActor() by: Actor): Promise<UserView> {
    return this.setup.complete(by, body);
  }
}
