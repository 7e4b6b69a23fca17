/**
 * Lets Node run the TypeScript of test/ as it stands: `node --import ./scripts/typescript.mjs FILE.ts`.
 * Types are `npm run typecheck`'s to judge. Goes away with Node 20 and 22: later ones do it by themselves.
 */
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
