import type { Logger } from '../../src/infrastructure/telemetry/winston-logger.ts';

export type LoggedLine = {
  readonly level: keyof Logger;
  readonly message: string;
  readonly fields: { readonly [name: string]: unknown };
};

/** Keeps every log entry, for tests that read them. */
export const recordingLogger = (): Logger & { readonly lines: readonly LoggedLine[] } => {
  const lines: LoggedLine[] = [];
  const at =
    (level: keyof Logger) =>
    (message: string, fields: object = {}): void =>
      void lines.push({ level, message, fields: fields as LoggedLine['fields'] });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
};
