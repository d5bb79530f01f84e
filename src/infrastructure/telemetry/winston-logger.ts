import { Writable } from 'node:stream';
import winston from 'winston';
import { redactText } from '../../domain/audit/redaction.ts';
import { errorCode } from '../system/error-code.ts';
import type { LineOutput } from './line-output.ts';

/** Structured log lines: a message and fields that are safe to keep. Never bodies, headers or query values. */
export type Logger = {
  readonly debug: (message: string, fields?: object) => void;
  readonly info: (message: string, fields?: object) => void;
  readonly warn: (message: string, fields?: object) => void;
  readonly error: (message: string, fields?: object) => void;
};

/** One JSON object per line. */
export const winstonLogger = (level: string, output: LineOutput, always: object = {}): Logger => {
  const stream = new Writable({
    decodeStrings: false,
    write: (line: string, _encoding, done) => {
      output.now(line);
      done();
    },
  });
  const logger = winston.createLogger({
    level,
    defaultMeta: always,
    format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
    transports: [new winston.transports.Stream({ stream, eol: '' })],
  });
  return {
    debug: (message, fields) => void logger.debug(message, fields),
    info: (message, fields) => void logger.info(message, fields),
    warn: (message, fields) => void logger.warn(message, fields),
    error: (message, fields) => void logger.error(message, fields),
  };
};

/** The error's code, or that of its cause: our errors often wrap one of a driver. */
const codeOf = (error: unknown, deepest = 5): string | undefined =>
  error instanceof Error && deepest > 0 ? (errorCode(error) ?? codeOf(error.cause, deepest - 1)) : undefined;

/**
 * What may be logged of an error: name, message and code, without a stack for expected errors, and with secrets
 * redacted. Of its cause only the code, since messages of drivers may quote whole statements.
 */
export const errorFields = (error: unknown): object => {
  if (!(error instanceof Error)) return { error: redactText(String(error)) };
  const code = codeOf(error);
  return {
    // For a host name with two addresses there is one error for each, and no text.
    error: redactText(error.message) || (code ?? ''),
    error_name: error.name,
    ...(code !== undefined && { error_code: code }),
  };
};

const MOST_FRAMES = 12;

/**
 * The same with a stack trace, for unexpected errors. The frames come without the message, which is a field of its own.
 */
export const crashFields = (error: unknown): object => {
  const stack = error instanceof Error ? (error.stack ?? '').split('\n') : [];
  const frames = stack.filter((line) => line.startsWith('    at ')).slice(0, MOST_FRAMES);
  return { ...errorFields(error), frames: frames.map((line) => line.trim()) };
};

/** For commands whose standard output is their result. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
