import type { Application } from '../../src/application/application.ts';
import type { CredentialRefused } from '../../src/domain/access/credential.ts';
import type { ExternalService } from '../../src/domain/external-service/external-service.ts';
import type { Clock, IdSource } from '../../src/domain/shared/clock.ts';
import { left, right, type Either } from '../../src/domain/shared/fp.ts';
import type { Actor, Scope, TenantContext } from '../../src/domain/shared/tenant-context.ts';
import { OTHER_TENANT, TENANT } from './an-external-service.ts';
import { fakeCacheCommands, fakeCacheQueries } from './fake-cache.ts';
import { fakeDeliveryQueries } from './fake-deliveries.ts';
import { fakeIngest } from './fake-ingest.ts';
import { fakeOnce } from './fake-once.ts';
import { fakePlaceQueries } from './fake-places.ts';
import { fakeReplays } from './fake-replays.ts';
import { fakeServiceCommands, fakeServiceQueries, fakeServices } from './fake-services.ts';
import { fakeSheetCommands, fakeSheetQueries } from './fake-sheets.ts';
import { fakeTokens } from './fake-tokens.ts';
import { fakeTrailQueries } from './fake-trail.ts';
import { fakeWebhooks } from './fake-webhooks.ts';
import { memoryOnce } from './memory-once.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The application that the HTTP tests run against. Handlers can be replaced one by one. */
export type FakeApplication = {
  readonly authenticate: Application['authenticate'];
  /** Called by `authenticate`. */
  judge: Application['authenticate'];
  readonly ingest: Mutable<Application['ingest']>;
  readonly queries: Mutable<Application['queries']>;
  readonly commands: Mutable<Application['commands']>;
  /** Contexts that reached a handler, in order. */
  readonly contexts: readonly TenantContext[];
  /** Addresses that a provider was asked for. */
  readonly asked: readonly string[];
  /** The idempotency keys under which something was written, in order. */
  readonly keys: readonly string[];
  readonly services: Map<string, ExternalService>;
};

export const ADMINISTRATOR: Actor = {
  kind: 'administrator',
  id: 'admin@example.test',
  tenants: [TENANT, OTHER_TENANT],
  scopes: 'all',
};

const refused = (reason: CredentialRefused['reason']) =>
  left({ kind: 'credential-refused' as const, reason });

/**
 * `Bearer admin`, or `Bearer` and scopes separated by "+" for a token of `TENANT`; `expired` and `no-keys` are refused.
 */
const actorOf = (credential: string | undefined): Either<CredentialRefused, Actor> => {
  if (credential === undefined) return refused('missing');
  if (!credential.startsWith('Bearer')) return refused('other-scheme');
  const secret = /^Bearer (\S+)$/.exec(credential)?.[1];
  if (secret === undefined) return refused('malformed');
  if (secret === 'expired') return refused('expired');
  if (secret === 'no-keys') return refused('keys-unavailable');
  if (secret === 'admin') return right(ADMINISTRATOR);
  const scopes = secret.split('+') as Scope[];
  return right({ kind: 'service-token', id: 'token-1', tenants: [TENANT], scopes });
};

export const fakeApplication = (clock: Clock, ids: IdSource): FakeApplication => {
  const contexts: TenantContext[] = [];
  const asked: string[] = [];
  const keys: string[] = [];
  const registered = fakeServices();
  const webhooks = fakeWebhooks(clock, ids);
  const replays = fakeReplays(clock, ids);
  const { once, answers } = fakeOnce();
  const tokens = fakeTokens({ clock, ids, once });
  const leased = memoryOnce(clock);
  const seen = (ctx: TenantContext): void => void contexts.push(ctx);

  const queries: Application['queries'] = {
    ...fakePlaceQueries(seen, asked),
    ...fakeSheetQueries(seen),
    ...fakeServiceQueries(registered),
    ...fakeTrailQueries(seen, registered),
    ...fakeCacheQueries(clock),
    ...tokens.queries,
    ...webhooks.queries,
    ...fakeDeliveryQueries(clock),
    ...replays.queries,
    recallAnswer: async ({ tenantId }, request) => {
      const known = await Promise.all(
        [answers, webhooks.unitOfWork.answers].map(({ find }) => find(tenantId, request)),
      );
      if (known.some(({ kind }) => kind === 'mismatch')) return left({ kind: 'idempotency-mismatch' });
      const finished = known.find((answer) => answer.kind === 'finished');
      return right(finished?.answer);
    },
    systemHealth: async () => ({
      status: 'degraded',
      dependencies: [
        { name: 'postgres', status: 'ok', required: true },
        { name: 'google-main', status: 'down', required: false, detail: 'no answer' },
      ],
    }),
  };

  const commands: Application['commands'] = {
    ...fakeSheetCommands(seen, keys),
    ...fakeServiceCommands(registered, { clock, ids, once, leased }),
    ...webhooks.commands,
    ...replays.commands,
    ...fakeCacheCommands(leased),
    ...tokens.commands,
  };

  const application: FakeApplication = {
    authenticate: (credential) => application.judge(credential),
    judge: async (credential) => actorOf(credential),
    ingest: fakeIngest(),
    queries,
    commands,
    contexts,
    asked,
    keys,
    services: registered.services,
  };
  return application;
};
