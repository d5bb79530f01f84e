const rpcCodes = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  RESOURCE_EXHAUSTED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
} as const;
export type RpcStatus = keyof typeof rpcCodes;
export type Detail = Readonly<Record<string, unknown>>;

/**
 * A Google error on its way to the caller. It is thrown, not returned: the first one ends the call and discards the
 * copy of the workbook that the call was changing, so that nothing is half done.
 */
export class Refusal extends Error {
  readonly status: RpcStatus;
  readonly details: readonly Detail[];

  constructor(status: RpcStatus, message: string, details: readonly Detail[] = []) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.details = details;
  }

  get code(): number {
    return rpcCodes[this.status];
  }
}

export const invalid = (message: string): Refusal => new Refusal('INVALID_ARGUMENT', message);

/** A value that the API's JSON parser cannot bind to its field. */
export const unreadable = (field: string, type: string, value: unknown): Refusal => {
  const description = `Invalid value at '${field}' (${type}), ${JSON.stringify(value)}`;
  return new Refusal('INVALID_ARGUMENT', description, [
    {
      '@type': 'type.googleapis.com/google.rpc.BadRequest',
      fieldViolations: [{ field, description }],
    },
  ]);
};

/** A name that is not a field of the request; `field` is its parent, undefined for the body itself. */
export const unknownName = (name: string, field?: string): Refusal => {
  const place = field === undefined ? '' : ` at '${field}'`;
  const description = `Invalid JSON payload received. Unknown name "${name}"${place}: Cannot find field.`;
  return new Refusal('INVALID_ARGUMENT', description, [
    {
      '@type': 'type.googleapis.com/google.rpc.BadRequest',
      fieldViolations: [{ ...(field === undefined ? {} : { field }), description }],
    },
  ]);
};

export const errorInfo = (reason: string, metadata: Readonly<Record<string, string>>): Detail => ({
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason,
  domain: 'googleapis.com',
  metadata,
});

/** Before 2023 every error also contained `errors[]`; a client must treat it as optional. */
const legacyErrors = ({ status, message }: Refusal): readonly Detail[] => [
  { message, domain: 'global', reason: status === 'PERMISSION_DENIED' ? 'forbidden' : 'badRequest' },
];

export const envelope = (refusal: Refusal, legacy: boolean): string => {
  const { code, message, status, details } = refusal;
  return JSON.stringify({
    error: {
      code,
      message,
      ...(legacy ? { errors: legacyErrors(refusal) } : {}),
      status,
      ...(details.length > 0 ? { details } : {}),
    },
  });
};
