import type { Type } from '@nestjs/common';
import { AppModule } from '../../src/app.module.js';

const IMPORTS = 'imports';

/**
 * Composes the application with one more module while `work` runs. The product has no door for that;
 * Nest adds what stands in a module's own metadata to what `AppModule.with` gives.
 */
export async function withExtraModule<T>(
  extra: Type | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (extra === undefined) return work();
  Reflect.defineMetadata(IMPORTS, [extra], AppModule);
  try {
    return await work();
  } finally {
    Reflect.deleteMetadata(IMPORTS, AppModule);
  }
}
