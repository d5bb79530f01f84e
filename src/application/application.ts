import type { ServiceToken } from '../domain/access/service-token.ts';
import type { CredentialRefused } from '../domain/access/credential.ts';
import type {
  CostRow,
  LogFilter,
  LogGrouping,
  LogSummaryRow,
  TrailTooLong,
} from '../domain/audit/call-log-reader.ts';
import type { CallRecord } from '../domain/audit/call-record.ts';
import type { CacheEntryListing } from '../domain/cache/cache-directory.ts';
import type { CacheStats, InvalidationScope } from '../domain/cache/cache-store.ts';
import type { ExternalService } from '../domain/external-service/external-service.ts';
import type { ServiceFilter } from '../domain/external-service/external-service-repository.ts';
import type { GeocodeMatches, GeocodeRequest, ReverseRequest } from '../domain/provider/geocoder.ts';
import type {
  ClearAnswer,
  ReadAnswer,
  SpreadsheetMetadata,
  WriteAnswer,
} from '../domain/provider/spreadsheet.ts';
import type { WindowState } from '../domain/rate-limit/quota.ts';
import type { WebhookConfig } from '../domain/webhook/webhook-config.ts';
import type { KeyedRequest } from '../domain/idempotency/idempotency-keys.ts';
import type { AsyncResult } from '../domain/shared/fp.ts';
import type { Json } from '../domain/shared/json.ts';
import type {
  DeliveryBody,
  DeliveryDetails,
  DeliveryFilter,
  KeptDelivery,
} from '../domain/webhook/delivery/delivery-reader.ts';
import type { Replay } from '../domain/webhook/delivery/replay.ts';
import type { Page, PageRequest } from '../domain/shared/page.ts';
import type { Actor } from '../domain/shared/tenant-context.ts';
import type { ChangeService, ChangeServiceFailure } from './commands/change-service.ts';
import type { IssuedToken, IssueToken, IssueTokenFailure } from './commands/issue-token.ts';
import type { ProbeFailure } from './commands/probe-service.ts';
import type { ProbeResult } from './health/health-monitor.ts';
import type { RegisterService, RegisterServiceFailure } from './commands/register-service.ts';
import type { RemoveService, RemoveServiceFailure } from './commands/remove-service.ts';
import type { ChangeWebhook, ChangeWebhookFailure } from './commands/change-webhook.ts';
import type { CreatedWebhook, CreateWebhook, CreateWebhookFailure } from './commands/create-webhook.ts';
import type { RemoveWebhook, RemoveWebhookFailure } from './commands/remove-webhook.ts';
import type {
  RotatedSecret,
  RotatedToken,
  RotateFailure,
  RotateSecret,
  RotateToken,
} from './commands/rotate-webhook.ts';
import type {
  ReplayDelivery,
  ReplayDeliveryFailure,
  ReplayedDelivery,
  StartReplay,
  StartReplayFailure,
} from './commands/replay-deliveries.ts';
import type { Handler } from './handler.ts';
import type { DeliveryTrial } from './webhooks/delivery-trial.ts';
import type { TryDelivery, TrialFailure } from './queries/try-delivery.ts';
import type { ListDeliveries, ListRejections, RejectionPage } from './queries/read-deliveries.ts';
import type { NotFound } from './not-found.ts';
import type { TransactionalHandler } from './once-in-transaction.ts';
import type { IdempotencyRefused, Once, OnceAnswer } from './once-only.ts';
import type { RowsToAppend } from './provider-call/operations/sheets-append-operation.ts';
import type { CellsCleared } from './provider-call/operations/sheets-clear-operation.ts';
import type { CellsWritten } from './provider-call/operations/sheets-write-operation.ts';
import type { AppendedRows } from './spreadsheet/append-parts.ts';
import type { Answered, Asked, FailedCall } from './provider-call/complete-operation.ts';
import type { DescribeSpreadsheet } from './queries/describe-spreadsheet.ts';
import type { DistanceAnswer, DistanceFailure, DistanceQuery } from './queries/measure-distance.ts';
import type { ListWebhooks } from './queries/read-webhooks.ts';
import type { ReadCells } from './queries/read-cells.ts';
import type { SystemHealth } from './queries/system-health.ts';
import type { WrongByItself } from './wrong-in-patch.ts';
import type { WebhookIngest } from './webhooks/webhook-ingest.ts';

/**
 * A command protected by an idempotency key under a lease (`once-only.ts`), for effects outside the database or outside
 * the unit of work.
 */
export type OnceHandler<Query, Answer, Failure> = Handler<
  Once<Query>,
  OnceAnswer<Answer>,
  Failure | IdempotencyRefused
>;

export type SheetsWrite<Req, Res> = OnceHandler<Asked<Req>, Answered<Res>, FailedCall>;

/**
 * The typed table of contents: every use case of this service, one line each. HTTP routes and the consumer of commands
 * call these handlers directly. Start reading here.
 */
export type Application = {
  readonly authenticate: (credential: string | undefined) => AsyncResult<CredentialRefused, Actor>;

  /** Receives webhook deliveries. Their senders are identified by a token in the path and a proof over the body. */
  readonly ingest: WebhookIngest;

  readonly queries: {
    readonly geocodeAddress: Handler<Asked<GeocodeRequest>, Answered<GeocodeMatches>, FailedCall>;
    readonly reverseGeocode: Handler<Asked<ReverseRequest>, Answered<GeocodeMatches>, FailedCall>;
    readonly measureDistance: Handler<Asked<DistanceQuery>, Answered<DistanceAnswer>, DistanceFailure>;
    readonly readCells: Handler<Asked<ReadCells>, Answered<ReadAnswer>, FailedCall>;
    readonly describeSpreadsheet: Handler<
      Asked<DescribeSpreadsheet>,
      Answered<SpreadsheetMetadata>,
      FailedCall
    >;
    readonly getService: Handler<{ readonly id: string }, ExternalService, NotFound>;
    readonly wrongInServicePatch: WrongByItself<Pick<ChangeService, 'patch' | 'wrong'>>;
    readonly listServices: Handler<
      { readonly filter: ServiceFilter; readonly page: PageRequest },
      Page<ExternalService>
    >;
    readonly getServiceQuota: Handler<{ readonly id: string }, readonly WindowState[], NotFound>;
    readonly listLogs: Handler<
      { readonly filter: LogFilter; readonly page: PageRequest },
      Page<CallRecord>,
      TrailTooLong
    >;
    readonly getLog: Handler<{ readonly id: string }, CallRecord, NotFound>;
    readonly summarizeLogs: Handler<
      { readonly filter: LogFilter; readonly groupBy: LogGrouping },
      readonly LogSummaryRow[],
      TrailTooLong
    >;
    /** Not found when `filter.serviceId` is set and the tenant has no such service. */
    readonly reportCosts: Handler<
      { readonly filter: LogFilter; readonly groupBy: LogGrouping },
      readonly CostRow[],
      NotFound | TrailTooLong
    >;
    readonly cacheStats: Handler<Record<string, never>, CacheStats>;
    readonly listCacheEntries: Handler<
      { readonly serviceName?: string; readonly operation?: string; readonly page: PageRequest },
      Page<CacheEntryListing>
    >;
    readonly listTokens: Handler<{ readonly page: PageRequest }, Page<ServiceToken>>;
    readonly listWebhooks: Handler<ListWebhooks, Page<WebhookConfig>>;
    readonly getWebhook: Handler<{ readonly id: string }, WebhookConfig, NotFound>;
    readonly wrongInWebhookPatch: WrongByItself<Pick<ChangeWebhook, 'patch' | 'wrong'>>;
    readonly listDeliveries: Handler<ListDeliveries, Page<KeptDelivery>, NotFound | TrailTooLong>;
    readonly listRejections: Handler<ListRejections, RejectionPage, NotFound | TrailTooLong>;
    readonly getDelivery: Handler<{ readonly id: string }, DeliveryDetails, NotFound>;
    readonly getDeliveryBody: Handler<{ readonly id: string }, DeliveryBody, NotFound>;
    /** A dry run: tells what would happen to a request to a webhook, without any effect. */
    readonly tryDelivery: Handler<TryDelivery, DeliveryTrial, TrialFailure>;
    readonly countReplayable: Handler<{ readonly filter: DeliveryFilter }, number>;
    readonly listReplays: Handler<{ readonly page: PageRequest }, Page<Replay>>;
    readonly getReplay: Handler<{ readonly id: string }, Replay, NotFound>;
    /** To be asked before a keyed write: the stored answer if the key has one already, for a repeat of the request. */
    readonly recallAnswer: Handler<KeyedRequest, Json | undefined, IdempotencyRefused>;
    readonly systemHealth: () => Promise<SystemHealth>;
  };

  readonly commands: {
    readonly writeCells: SheetsWrite<CellsWritten, WriteAnswer>;
    readonly updateCells: SheetsWrite<CellsWritten, WriteAnswer>;
    readonly appendRows: SheetsWrite<RowsToAppend, AppendedRows>;
    readonly clearCells: SheetsWrite<CellsCleared, ClearAnswer>;
    readonly registerService: TransactionalHandler<RegisterService, ExternalService, RegisterServiceFailure>;
    readonly changeService: TransactionalHandler<ChangeService, ExternalService, ChangeServiceFailure>;
    readonly removeService: TransactionalHandler<RemoveService, void, RemoveServiceFailure>;
    readonly probeService: OnceHandler<{ readonly id: string }, ProbeResult, ProbeFailure>;
    readonly removeCacheEntry: OnceHandler<{ readonly key: string }, void, NotFound>;
    readonly invalidateCache: OnceHandler<InvalidationScope, void, never>;
    readonly issueToken: TransactionalHandler<IssueToken, IssuedToken, IssueTokenFailure>;
    readonly revokeToken: TransactionalHandler<{ readonly id: string }, void, NotFound>;
    readonly createWebhook: TransactionalHandler<CreateWebhook, CreatedWebhook, CreateWebhookFailure>;
    readonly changeWebhook: TransactionalHandler<ChangeWebhook, WebhookConfig, ChangeWebhookFailure>;
    readonly removeWebhook: TransactionalHandler<RemoveWebhook, void, RemoveWebhookFailure>;
    readonly rotateWebhookSecret: TransactionalHandler<RotateSecret, RotatedSecret, RotateFailure>;
    readonly rotateWebhookToken: TransactionalHandler<RotateToken, RotatedToken, RotateFailure>;
    readonly replayDelivery: OnceHandler<ReplayDelivery, ReplayedDelivery, ReplayDeliveryFailure>;
    readonly startReplay: OnceHandler<StartReplay, Replay, StartReplayFailure>;
    readonly cancelReplay: OnceHandler<{ readonly id: string }, Replay, NotFound>;
  };
};
