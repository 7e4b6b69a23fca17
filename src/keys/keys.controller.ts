import { Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermissions } from '../access/access.js';
import { CurrentActor } from '../access/current.js';
import { Fresh } from '../access/fresh.js';
import type { SignedIn } from '../access/principal.js';
import { SETTINGS } from '../config/settings.js';
import type { Settings } from '../config/settings.js';
import { PageQuery, pageOf } from '../platform/http/pagination.js';
import { InvalidCursor } from '../platform/http/problems.js';
import { Throws } from '../platform/http/throws.js';
import { ApiOkOrImpact, DryRun } from '../revocation/rehearsal/dry-run.js';
import type { Impact } from '../revocation/rehearsal/impact.dto.js';
import { CompromiseView, KeyParams, KeyView } from './key.dto.js';
import { KeySuccession } from './key-succession.js';
import { KeyIsOver, KeyNotFound, NextKeyTooYoung } from './keys.errors.js';
import { KeysService } from './keys.service.js';
import type { SigningKey } from './signing-key.entity.js';

class KeyPage extends pageOf(KeyView) {}

@ApiTags('keys')
@Controller('v1/keys')
export class KeysController {
  constructor(
    private readonly keys: KeysService,
    private readonly succession: KeySuccession,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get()
  @RequirePermissions('keys:read')
  @ApiOperation({ summary: 'List the signing keys there are and were, newest first' })
  @ApiOkResponse({ type: KeyPage })
  @Throws(InvalidCursor)
  async list(@Query() query: PageQuery): Promise<KeyPage> {
    const { items, nextCursor } = await this.keys.list(query);
    return { items: items.map((key) => this.view(key)), nextCursor };
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
  @ApiOkOrImpact(CompromiseView)
  @Throws(KeyNotFound, KeyIsOver)
  async compromise(
    @Param() { kid }: KeyParams,
    @Query() { dryRun }: DryRun,
    @CurrentActor() by: SignedIn,
  ): Promise<CompromiseView | Impact> {
    if (dryRun === true) return this.keys.impactOfCompromise(by, kid);
    const { key, revision } = await this.keys.compromise(by, kid);
    return { key: this.view(key), revision, boundMs: this.settings.revocationMaxStaleness };
  }

  private view(key: SigningKey): KeyView {
    return KeyView.of(key, this.succession.signsFrom(key));
  }
}
