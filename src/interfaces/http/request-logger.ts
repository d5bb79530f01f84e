import type { Unexpected } from '../wire/unexpected.ts';

/** The log line of one request: no body, no query value, no header, no raw path. */
export type RequestLogFields = {
  readonly event: 'http.request';
  readonly request_id: string;
  /** From W3C Trace Context: as received, or begun here where traces are collected. */
  readonly trace_id: string | undefined;
  readonly method: string;
  /** The pattern of the route. */
  readonly route: string;
  readonly status: number;
  readonly duration_ms: number;
  readonly tenant: string | undefined;
  readonly actor: string | undefined;
  /**
   * The code of the problem, and the reason behind it: of a refused credential, a failed call, a stream cut short, or a
   * refused delivery.
   */
  readonly code: string | undefined;
  readonly reason: string | undefined;
  /** Only for unexpected errors. */
  readonly error: Unexpected | undefined;
};

/**
 * Log of requests: `info` for statuses below 500, `warn` for lost dependencies and failing providers, `error` for bugs.
 */
export type RequestLogger = {
  readonly info: (fields: RequestLogFields) => void;
  readonly warn: (fields: RequestLogFields) => void;
  readonly error: (fields: RequestLogFields) => void;
};
