import type { Unexpected } from '../wire/unexpected.ts';

/** One request as the log tells it. No body, no query value, no header, no raw path. */
export type RequestLogFields = {
  readonly event: 'http.request';
  readonly request_id: string;
  /** Of W3C Trace Context: received, or begun here where traces are collected. */
  readonly trace_id: string | undefined;
  readonly method: string;
  /** The route's pattern. */
  readonly route: string;
  readonly status: number;
  readonly duration_ms: number;
  readonly tenant: string | undefined;
  readonly actor: string | undefined;
  /**
   * The problem's code, and the reason behind it: of a refused credential, a failed call, a stream cut short, a delivery
   * that is not taken.
   */
  readonly code: string | undefined;
  readonly reason: string | undefined;
  /** Only of an unexpected error. */
  readonly error: Unexpected | undefined;
};

/** Where request lines go: `info` below 500, `warn` for lost dependencies and failing providers, `error` for bugs. */
export type RequestLogger = {
  readonly info: (fields: RequestLogFields) => void;
  readonly warn: (fields: RequestLogFields) => void;
  readonly error: (fields: RequestLogFields) => void;
};
