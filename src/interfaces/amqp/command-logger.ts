import type { CommandOutcome } from '../../application/telemetry.ts';
import type { Unexpected } from '../wire/unexpected.ts';

/** One delivery as the log tells it. No body, no header but the tenant. */
export type CommandLogFields = {
  readonly event: 'bus.command';
  readonly request_id: string;
  /** Of W3C Trace Context: received, or begun here where traces are collected. */
  readonly trace_id: string | undefined;
  readonly message_id: string | undefined;
  /** `unknown` for a type that is no command. */
  readonly command: string;
  readonly outcome: CommandOutcome;
  readonly retries: number;
  readonly duration_ms: number;
  readonly tenant: string | undefined;
  readonly actor: string | undefined;
  /** The problem's code. */
  readonly code: string | undefined;
  /** Only of an unexpected error. */
  readonly error: Unexpected | undefined;
};

/**
 * Where command lines go: `info` for answers and refusals, `warn` for what is tried again or
 * given up, `error` for bugs.
 */
export type CommandLogger = {
  readonly info: (fields: CommandLogFields) => void;
  readonly warn: (fields: CommandLogFields) => void;
  readonly error: (fields: CommandLogFields) => void;
};
