import type { FieldProblem } from '../shared/field-problem.ts';
import { pointerStep } from '../shared/json-pointer.ts';
import type { JsonObject } from '../shared/json.ts';
import { integerFrom, timeOfRequest, type ConfigRule } from './config-rule.ts';

/** Google's own are 60 and 300. 0 would be a service that is off, and for that there is `is_active`. */
const callsPerMinute = integerFrom(1, 1_000_000);

/** What Google's adapter and the pipeline read out of `config`. */
const RULES: { readonly [key: string]: ConfigRule } = {
  // Judged with the other addresses, by the outbound policy.
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
 * All that is wrong with the `config` of a Google Sheets service. A quota that is misspelt would leave Google's usual
 * one in force without a word, so what is not known is refused.
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

/** 16 KiB hold a thousand names. */
const MOST_PROBLEMS = 50;
