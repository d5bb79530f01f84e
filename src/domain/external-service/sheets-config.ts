import type { FieldProblem } from '../shared/field-problem.ts';
import { pointerStep } from '../shared/json-pointer.ts';
import type { JsonObject } from '../shared/json.ts';
import { integerFrom, timeOfRequest, type ConfigRule } from './config-rule.ts';

/** Google's defaults are 60 and 300. 0 is not allowed, since `is_active` switches a service off. */
const callsPerMinute = integerFrom(1, 1_000_000);

/** Settings in `config` that Google's adapter and the pipeline read. */
const RULES: { readonly [key: string]: ConfigRule } = {
  // Validated with the other addresses, by the outbound policy.
  token_url: { isGood: () => true, detail: 'a URL' },
  timeout_ms: timeOfRequest,
  allow_formulas: { isGood: (value) => typeof value === 'boolean', detail: 'true or false' },
  account_reads_per_minute: callsPerMinute,
  account_writes_per_minute: callsPerMinute,
  project_reads_per_minute: callsPerMinute,
  project_writes_per_minute: callsPerMinute,
};

const UNKNOWN = `is not known here; known are ${Object.keys(RULES).join(', ')}`;

/**
 * All problems with the `config` of a Google Sheets service. Unknown settings are refused, because a misspelt quota
 * would silently leave Google's default in force.
 */
export const sheetsConfigProblems = (config: JsonObject): readonly FieldProblem[] =>
  Object.entries(config)
    .flatMap(([key, value]) => {
      const rule = Object.hasOwn(RULES, key) ? RULES[key] : undefined;
      const pointer = `/config/${pointerStep(key)}`;
      if (rule === undefined) return [{ pointer, detail: UNKNOWN }];
      return rule.isGood(value) ? [] : [{ pointer, detail: rule.detail }];
    })
    .slice(0, MOST_PROBLEMS);

/** A config of 16 KiB can hold a thousand unknown names. */
const MOST_PROBLEMS = 50;
