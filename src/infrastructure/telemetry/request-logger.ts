import type { LogLevel } from '../config/config.ts';
import { isoTime } from '../system/iso-time.ts';
import type { LineOutput } from './line-output.ts';

const levels: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];

/**
 * Request lines of the interfaces, in the form of the service's other lines. They are the one line that every
 * request has, so they do without winston's streams, which cost six times as much, and put the JSON of their fields
 * behind what is the same in all, which costs a third of writing one object of both. Fields are chosen, and safe,
 * where they are made.
 */
export const requestLogger = (
  level: LogLevel,
  output: LineOutput,
  now: () => number,
  always: object = {},
) => {
  const at = (own: LogLevel) => {
    if (levels.indexOf(own) > levels.indexOf(level)) return () => undefined;
    const head = `{"level":"${own}","message":"request","timestamp":"`;
    const rest = `"${membersOf(always)}`;
    return (fields: object): void => output.soon(`${head}${isoTime(now())}${rest}${membersOf(fields)}}`);
  };
  return { info: at('info'), warn: at('warn'), error: at('error') };
};

/** As they stand behind other members of an object. */
const membersOf = (fields: object): string => {
  const text = JSON.stringify(fields);
  return text === '{}' ? '' : `,${text.slice(1, -1)}`;
};
