import { Global, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { SETTINGS } from './settings.js';
import type { Settings } from './settings.js';

/** The settings, everywhere under `SETTINGS`. */
@Global()
@Module({})
export class ConfigModule {
  static with(settings: Settings): DynamicModule {
    return {
      module: ConfigModule,
      providers: [{ provide: SETTINGS, useValue: settings }],
      exports: [SETTINGS],
    };
  }
}
