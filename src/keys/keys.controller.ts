import { Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermissions } from '../access/access.js';
import { CurrentActor } from '../access/current.js';
import { Fresh } from '../access/fresh.js';
import type { SignedIn } from '../access/principal.js';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { ListOf } from '../platform/http/pagination.js';
import { Throws } from '../platform/http/throws.js';
import { CompromiseView, KeyParams, KeyView } from './key.dto.js';
import { KeyIsOver, KeyNotFound, NextKeyTooYoung } from './keys.errors.js';
import { KeysService } from './keys.service.js';
import type { SigningKey } from './signing-key.entity.js';

class KeyList extends ListOf(KeyView) {}

@ApiTags('keys')
@Controller('v1/keys')
export class KeysController {
  constructor(
    private readonly keys: KeysService,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get()
  @RequirePermissions('keys:read')
  @ApiOperation({ summary: 'List the signing keys there are and were, newest first' })
  @ApiOkResponse({ type: KeyList })
  async list(): Promise<KeyList> {
    return { items: (await this.keys.list()).map((key) => this.view(key)) };
  }

  @Post('rotate')
  @HttpCode(200)
  @RequirePermissions('keys:write')
  @Fresh()
  @ApiOperation({
    summary: 'Let the next key sign; tokens of the present one stay good until they expire',
  })
  @ApiOkResponse({ type: KeyView, description: 'The key that signs now.' })
  @Throws(NextKeyTooYoung)
  async rotate(@CurrentActor() by: SignedIn): Promise<KeyView> {
    return this.view(await this.keys.rotate(by));
  }

  @Post(':kid/compromise')
  @HttpCode(200)
  @RequirePermissions('keys:write')
  @Fresh()
  @ApiOperation({
    summary: 'Make every token that the key signed invalid, and let the next key sign at once',
  })
  @ApiOkResponse({ type: CompromiseView })
  @Throws(KeyNotFound, KeyIsOver)
  async compromise(
    @Param() { kid }: KeyParams,
    @CurrentActor() by: SignedIn,
  ): Promise<CompromiseView> {
    const { key, revision } = await this.keys.compromise(by, kid);
    return { key: this.view(key), revision, boundMs: this.settings.revocationMaxStaleness };
  }

  private view(key: SigningKey): KeyView {
    return KeyView.of(key, this.keys.signsFrom(key));
  }
}
