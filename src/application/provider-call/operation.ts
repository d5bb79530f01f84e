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

/** What services of a type are asked for. */
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

/** Those that change something at the provider. */
export const writeOperations = [
  'sheets_write',
  'sheets_append',
  'sheets_clear',
  'sheets_batch_update',
] as const satisfies readonly OperationName[];

const writes: ReadonlySet<OperationName> = new Set(writeOperations);

export const allOperations: readonly OperationName[] = Object.values(operationsOf).flat();

/** Those that write nothing: their answers may be cached. */
export const cachedOperations: readonly OperationName[] = allOperations.filter((name) => !writes.has(name));

/** Lives of one answer, milliseconds, after the provider's licence has had its say. */
export type AnswerLives = {
  readonly l1Ms: number;
  /** Served freely so long after it was loaded. */
  readonly freshMs: number;
  /** Kept so much longer for the time when every provider fails. */
  readonly graceMs: number;
  /** False: it may not be written to disk (Yandex's standard licence). */
  readonly mayPersist: boolean;
};

/** Where an operation goes at a provider, for the trail. Path only: queries carry keys. */
export type Endpoint = { readonly httpMethod: 'GET' | 'POST' | 'PUT'; readonly path: string };

/** Which of a service's addresses an operation goes to. Each fails, and refuses keys, by itself. */
export type ServiceAddress = 'base' | 'routing';

/** All that differs between operations, so that no stage asks which one it is serving. */
export type Operation<Req, Res> = {
  readonly name: OperationName;
  readonly serviceType: ServiceType;
  readonly address: ServiceAddress;
  /**
   * Canonical fields of the request; tenant and operation are put in front by cache-key.ts. Undefined: neither looked
   * up nor stored, and shared with no equal call.
   */
  readonly cacheFields: (request: Req) => readonly string[] | undefined;
  readonly tags: (service: Pick<ExternalService, 'serviceName'>, response: Res) => readonly string[];
  /**
   * `provisional`: the answer is coarse and a provider that could have bettered it failed, so it is kept no longer than
   * an empty answer.
   */
  readonly lives: (
    service: Pick<ExternalService, 'provider' | 'config'>,
    response: Res,
    provisional: boolean,
  ) => AnswerLives;
  /** Cached values are foreign data: one that does not decode is a miss. */
  readonly decodeCached: (value: unknown) => Either<unknown, Res>;
  /** May be sent again after a failure that left nothing behind at the provider. */
  readonly retrySafe: boolean;
  /**
   * It changes something at the provider, so no other one is asked after a try that may have been carried out.
   * `repeatable`: done twice it is the same as done once, so it may be sent again also when nobody knows.
   */
  readonly writes?: 'repeatable' | 'once';
  /** What this provider cannot do: it is not asked, so nothing is spent. Left out: all of them can. */
  readonly lacks?: (provider: ProviderName) => boolean;
  /**
   * The kind of its calls, where the provider counts them by account, beside our own windows; left out: it does not.
   */
  readonly account?: CallKind;
  /** Its calls wait for others, or leave together with theirs. They pay through `Leave.quota` when they leave. */
  readonly paysWhenItLeaves?: true;
  readonly isNoMatch: (response: Res) => boolean;
  /**
   * Whether the provider knows only a part of all there is: its "no match" is no answer while another one fails. Left
   * out: none does.
   */
  readonly knowsPart?: (provider: ProviderName) => boolean;
  /** An answer another provider could better. */
  readonly isPoor: (request: Req, response: Res) => boolean;
  /** An answer that a provider which failed would probably have bettered; left out: a poor one. */
  readonly isCoarse?: (request: Req, response: Res) => boolean;
  readonly better: (
    request: Req,
    first: Res,
    second: Res,
  ) => { readonly answer: Res; readonly winner: 'first' | 'second'; readonly isMixed?: boolean };
  readonly endpoint: (provider: ProviderName, request: Req) => Endpoint | undefined;
  readonly auditRequest: (request: Req) => Json;
  readonly auditResponse: (response: Res) => Json;
  /** The same without anything that a provider's licence forbids to save. */
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
