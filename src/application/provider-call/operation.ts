import type {
  ExternalService,
  ProviderName,
  ServiceType,
} from '../../domain/external-service/external-service.ts';
import type { CallKind, ProviderAccess } from '../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import type { AsyncResult, Either } from '../../domain/shared/fp.ts';
import type { Json } from '../../domain/shared/json.ts';
import type { Leave } from './leave.ts';

/** The operations that each type of service offers. */
export const operationsOf = {
  geocoding: ['geocode', 'reverse_geocode', 'distance'],
  spreadsheet: [
    'sheets_metadata',
    'sheets_read',
    'sheets_write',
    'sheets_append',
    'sheets_clear',
    'sheets_batch_update',
  ],
  webhook: [],
} as const satisfies { readonly [T in ServiceType]: readonly string[] };

export type OperationName = (typeof operationsOf)[ServiceType][number];

/** Operations that change something at the provider. */
export const writeOperations = [
  'sheets_write',
  'sheets_append',
  'sheets_clear',
  'sheets_batch_update',
] as const satisfies readonly OperationName[];

const writes: ReadonlySet<OperationName> = new Set(writeOperations);

export const allOperations: readonly OperationName[] = Object.values(operationsOf).flat();

/** Read operations, whose answers may be cached. */
export const cachedOperations: readonly OperationName[] = allOperations.filter((name) => !writes.has(name));

/** Lifetimes of one answer in milliseconds, already limited by the provider's licence. */
export type AnswerLives = {
  readonly l1Ms: number;
  /** How long it is fresh after it was loaded. */
  readonly freshMs: number;
  /** How much longer it is kept to be served stale when every provider fails. */
  readonly graceMs: number;
  /** False: it may not be written to disk (Yandex's standard licence). */
  readonly mayPersist: boolean;
};

/** The endpoint of an operation at a provider, for the trail. Path only, because query strings carry keys. */
export type Endpoint = { readonly httpMethod: 'GET' | 'POST' | 'PUT'; readonly path: string };

/** Which base address of a service an operation uses. The two fail, and refuse keys, independently. */
export type ServiceAddress = 'base' | 'routing';

/** Everything that differs between operations, so that no stage asks which operation or provider it serves. */
export type Operation<Req, Res> = {
  readonly name: OperationName;
  readonly serviceType: ServiceType;
  readonly address: ServiceAddress;
  /**
   * The normalised fields that identify the request; cache-key.ts prefixes tenant and operation. Undefined: the call is
   * neither looked up nor stored, nor shared with equal calls.
   */
  readonly cacheFields: (request: Req) => readonly string[] | undefined;
  readonly tags: (service: Pick<ExternalService, 'serviceName'>, response: Res) => readonly string[];
  /**
   * `provisional`: the answer is coarse and a provider that might have improved it failed, so it lives no longer than a
   * "no match".
   */
  readonly lives: (
    service: Pick<ExternalService, 'provider' | 'config'>,
    response: Res,
    provisional: boolean,
  ) => AnswerLives;
  /** Decodes a cached value, which is foreign data. One that does not decode is a miss. */
  readonly decodeCached: (value: unknown) => Either<unknown, Res>;
  /** May be sent again after a failure that left nothing behind at the provider. */
  readonly retrySafe: boolean;
  /**
   * The operation changes something at the provider, so after an attempt that may have been carried out no other
   * provider is asked. `repeatable`: it is idempotent, so it may be sent again even when the outcome is unknown.
   */
  readonly writes?: 'repeatable' | 'once';
  /** True for a provider that cannot do this operation: it is not asked and no quota is taken. Absent: all can. */
  readonly lacks?: (provider: ProviderName) => boolean;
  /**
   * Kind of request for providers that count by account in addition to our own windows; absent: the provider does not.
   */
  readonly account?: CallKind;
  /**
   * Requests of this operation may wait for others or carry several callers' rows. They pay through `Leave.quota` at
   * departure instead of in the quota stage.
   */
  readonly paysWhenItLeaves?: true;
  readonly isNoMatch: (response: Res) => boolean;
  /**
   * True for a provider that knows only part of all places: its "no match" does not count as an answer when another
   * provider fails. Absent: none is like that.
   */
  readonly knowsPart?: (provider: ProviderName) => boolean;
  /** The answer is not good enough, so the next provider is asked as well. */
  readonly isPoor: (request: Req, response: Res) => boolean;
  /** A provider that failed would probably have given a better answer. Absent: the same as `isPoor`. */
  readonly isCoarse?: (request: Req, response: Res) => boolean;
  readonly better: (
    request: Req,
    first: Res,
    second: Res,
  ) => { readonly answer: Res; readonly winner: 'first' | 'second'; readonly isMixed?: boolean };
  readonly endpoint: (provider: ProviderName, request: Req) => Endpoint | undefined;
  readonly auditRequest: (request: Req) => Json;
  readonly auditResponse: (response: Res) => Json;
  /** The answer without anything that a licence forbids to store. */
  readonly auditOutline: (response: Res) => Json;
  readonly ask: (
    provider: ProviderName,
    access: ProviderAccess,
    request: Req,
    leave: Leave,
  ) => AsyncResult<ProviderError, Res>;
};

export const isCoarse = <Req, Res>(operation: Operation<Req, Res>, request: Req, response: Res): boolean =>
  operation.isCoarse?.(request, response) ?? operation.isPoor(request, response);
