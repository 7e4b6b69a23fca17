import { Module } from '@nestjs/common';
import { Freshness } from './freshness.js';

/** What the access guard asks, for services that must ask it themselves. */
@Module({ providers: [Freshness], exports: [Freshness] })
export class AccessModule {}
