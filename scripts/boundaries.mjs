import { cruise } from 'dependency-cruiser';
import extractTsConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import config from '../.dependency-cruiser.cjs';

/**
 * dependency-cruiser reads nothing, and finds nothing wrong, when it cannot load TypeScript. Far below
 * the number of files there are, far above none.
 */
const LEAST_MODULES = 80;

const { output } = await cruise(
  ['src', 'packages', 'ormconfig.ts'],
  { ...config.options, ruleSet: { forbidden: config.forbidden }, validate: true },
  undefined,
  { tsConfig: extractTsConfig('tsconfig.json') },
);
const { violations } = output.summary;
const read = output.modules.filter(({ source }) => source.startsWith('src/')).length;
for (const { rule, from, to, cycle } of violations) {
  const path = cycle === undefined ? to : cycle.map((step) => step.name).join(' -> ');
  console.error(`${rule.severity} ${rule.name}: ${from} -> ${path}`);
}
if (read < LEAST_MODULES) {
  console.error(`Only ${read} modules were read; is TypeScript installed?`);
}
const failed = read < LEAST_MODULES || violations.length > 0;
console.log(
  `${read} modules, ${violations.length} violations of the order in docs/architecture.md`,
);
process.exitCode = failed ? 1 : 0;
