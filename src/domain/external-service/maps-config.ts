import type { FieldProblem } from '../shared/field-problem.ts';
import type { JsonObject } from '../shared/json.ts';
import { timeOfRequest, type ConfigRule } from './config-rule.ts';

/** What pipeline and cache read out of `config`. Addresses are judged by the outbound policy. */
const RULES: readonly (readonly [name: string, rule: ConfigRule])[] = [
  ['timeout_ms', timeOfRequest],
  // licence.ts: misspelt, it would be the standard one without a word.
  [
    'licence',
    { isGood: (value) => value === 'standard' || value === 'extended', detail: 'standard or extended' },
  ],
];

/** What is wrong with the settings of a provider of maps; what else stands there is kept and not read. */
export const mapsConfigProblems = (config: JsonObject): readonly FieldProblem[] =>
  RULES.filter(([name, { isGood }]) => Object.hasOwn(config, name) && !isGood(config[name])).map(
    ([name, { detail }]) => ({ pointer: `/config/${name}`, detail }),
  );
