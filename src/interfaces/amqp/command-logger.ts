import type { CommandOutcome } from '../../application/telemetry.ts';
import type { Unexpected } from '../wire/unexpected.ts';

/** The log line of one delivery: no body, and no header but the tenant. */
export type CommandLogFields = {
  readonly event: 'bus.command';
  readonly request_id: string;
  /** From W3C Trace Context: as received, or begun here where traces are collected. */
  readonly trace_id: string | undefined;
  readonly message_id: string | undefined;
  /** `unknown` for an unknown type. */
  readonly command: string;
  readonly outcome: CommandOutcome;
  readonly retries: number;
  readonly duration_ms: number;
  readonly tenant: string | undefined;
  readonly actor: string | undefined;
  /** The code of the problem. */
  readonly code: string | undefined;
  /** Only for unexpected errors. */
  readonly error: Unexpected | undefined;
};

/** Log of commands: `info` for answers and refusals, `warn` for commands retried or given up, `error` for bugs. */
export type CommandLogger = {
  readonly info: (fields: CommandLogFields) => void;
  readonly warn: (fields: CommandLogFields) => void;
  readonly error: (fields: CommandLogFields) => void;
};
