import * as t from 'io-ts';

/** What Google's APIs call an HTTP status where an answer does not say it itself (google.rpc.Code). */
export const rpcWords: { readonly [status: number]: string | undefined } = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
};

const errorInfo = t.type({ reason: t.string });

/** Reasons among the details of an error (google.rpc.ErrorInfo). */
export const reasonsIn = (details: readonly unknown[]): readonly string[] =>
  details.flatMap((detail) => (errorInfo.is(detail) ? [detail.reason] : []));
