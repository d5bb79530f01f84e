import type { FieldProblem } from '../shared/field-problem.ts';
import type { JsonObject } from '../shared/json.ts';
import { timeOfRequest, type ConfigRule } from './config-rule.ts';

/** Settings in `config` that the pipeline and the cache read. Addresses are validated by the outbound policy. */
const RULES: readonly (readonly [name: string, rule: ConfigRule])[] = [
  ['timeout_ms', timeOfRequest],
  // See licence.ts: a misspelt value would silently mean `standard`.
  [
    'licence',
    { isGood: (value) => value === 'standard' || value === 'extended', detail: 'standard or extended' },
  ],
];

/** Problems with the settings of a maps provider. Unknown settings are stored and ignored. */
export const mapsConfigProblems = (config: JsonObject): readonly FieldProblem[] =>
  RULES.filter(([name, { isGood }]) => Object.hasOwn(config, name) && !isGood(config[name])).map(
    ([name, { detail }]) => ({ pointer: `/config/${name}`, detail }),
  );
