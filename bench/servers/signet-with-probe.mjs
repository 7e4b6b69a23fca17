/**
 * Signet as it is, with one more module: a route that is guarded as any other and asks no database,
 * of which the product has none.
 */
import { AppModule } from '../../dist/src/app.module.js';
import { ProbeModule } from './probe.mjs';

const compose = AppModule.with.bind(AppModule);
AppModule.with = (...parts) => {
  const composed = compose(...parts);
  return { ...composed, imports: [...composed.imports, ProbeModule] };
};
await import('../../dist/src/main.js');
