import type { LogLevel } from '../config/config.ts';
import type { LineOutput } from './line-output.ts';

const levels: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];

/**
 * Request lines of the interfaces, in the form of the service's other lines. They are the one line that every
 * request has, so they do without winston's streams, which cost six times as much. Fields are chosen, and safe,
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
    return (fields: object): void => {
      const time = new Date(now()).toISOString();
      output.soon(JSON.stringify({ level: own, message: 'request', timestamp: time, ...always, ...fields }));
    };
  };
  return { info: at('info'), warn: at('warn'), error: at('error') };
};
