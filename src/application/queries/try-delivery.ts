import { isLeft, left, right } from '../../domain/shared/fp.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';
import type { DeliveryReader } from '../../domain/webhook/delivery/delivery-reader.ts';
import { queryHandshakeAnswer, queryHandshakeOf } from '../../domain/webhook/delivery/handshake.ts';
import type { AddressVerdict } from '../../domain/webhook/ip-allowlist.ts';
import { calledUrl, namesToken } from '../../domain/webhook/request/called-url.ts';
import type { RawDelivery } from '../../domain/webhook/request/raw-delivery.ts';
import type { WebhookConfigReader } from '../../domain/webhook/webhook-config-repository.ts';
import { addressUsed, type WebhookConfig } from '../../domain/webhook/webhook-config.ts';
import { webhookTokenHash } from '../../domain/webhook/webhook-token.ts';
import type { Handler } from '../handler.ts';
import { invalidInput, together, type InputProblem, type InvalidInput } from '../input-problem.ts';
import { notFound, type NotFound } from '../not-found.ts';
import {
  isEncodedBody,
  refusalBeforeBody,
  type Admitted,
  type RefusalBeforeBody,
} from '../webhooks/admitted.ts';
import type { DeliveryCheck, DeliveryTrial } from '../webhooks/delivery-trial.ts';
import { GREETED, GREETINGS } from '../webhooks/greeting.ts';
import { passedTrial } from '../webhooks/passed-trial.ts';
import { proveDelivery, type ProvingDeps } from '../webhooks/prove-delivery.ts';

export type SampleDelivery = Pick<RawDelivery, 'method' | 'rawHeaders' | 'query' | 'body'> & {
  /** Token of the address that the sample is sent to. Undefined: the token is not checked. */
  readonly token: string | undefined;
  /** Undefined: the client address is not checked. */
  readonly clientAddress: string | undefined;
  /** Undefined: now. */
  readonly receivedAt: Date | undefined;
};

export type TryDelivery = {
  readonly id: string;
  readonly sample: SampleDelivery;
  /** Problems found while decoding the request; harmless placeholders stand in `sample` for these fields. */
  readonly wrong?: readonly InputProblem[];
};

export type TrialFailure = NotFound | InvalidInput;

type Deps = Pick<ProvingDeps, 'openSecrets' | 'clock'> & {
  readonly webhooks: Pick<WebhookConfigReader, 'byId'>;
  readonly deliveries: Pick<DeliveryReader, 'claimedBy'>;
  readonly judgeAddress: (config: WebhookConfig, address: string | undefined) => AddressVerdict;
};

const checkOf: { readonly [K in RefusalBeforeBody['kind']]: DeliveryCheck } = {
  gone: 'status',
  disabled: 'status',
  'address-refused': 'address',
  'encoding-refused': 'encoding',
  'too-large': 'size',
  // Only senders on probation are told this, and a trial never is one.
  flooding: 'size',
};

/**
 * A dry run through the functions that judge real deliveries. Stores, publishes and counts nothing. Unlike a sender,
 * the tenant learns why a delivery is refused.
 */
export const tryDelivery =
  (deps: Deps): Handler<TryDelivery, DeliveryTrial, TrialFailure> =>
  async ({ tenantId, correlationId }, { id, sample, wrong = [] }) => {
    const config = await deps.webhooks.byId(tenantId, id);
    const isTokenNeeded = sample.token === undefined && namesToken(config?.publicUrl);
    const problems = together(wrong, isTokenNeeded ? [tokenNeeded] : []);
    if (problems.length > 0) return left(invalidInput(...problems));
    if (config === undefined) return left(notFound('webhook'));
    const admitted = admittedAs(deps, config, sample, correlationId);
    return right({
      source: config.sourceService,
      outcome: await outcomeOf(deps, tenantId, admitted, sample),
    });
  };

const tokenNeeded: InputProblem = {
  pointer: '/token',
  detail: 'required: it stands in the public_url of this webhook, which its sender signs',
};

const admittedAs = (
  { judgeAddress, clock }: Deps,
  config: WebhookConfig,
  { body, token = '', clientAddress, receivedAt = new Date(clock.now()), ...request }: SampleDelivery,
  requestId: string,
): Admitted => ({
  arrival: {
    ...request,
    token,
    receivedAt,
    clientAddress,
    requestId,
    announcedBytes: body.length,
    isEncoded: isEncodedBody(request),
  },
  tokenHash: webhookTokenHash(token),
  found: { config, address: 'current' },
  mostBytes: config.maxBodyBytes,
  verdict: clientAddress === undefined ? 'admitted' : judgeAddress(config, clientAddress),
  probationMs: undefined,
});

const outcomeOf = async (
  deps: Deps,
  tenantId: TenantId,
  admitted: Admitted,
  { body, token }: SampleDelivery,
): Promise<DeliveryTrial['outcome']> => {
  const { arrival, tokenHash, found } = admitted;
  const method = arrival.method.toUpperCase();
  const handshake = GREETINGS.has(method) ? queryHandshakeOf(found.config.scheme) : undefined;
  if (method !== 'POST' && handshake === undefined)
    return left({ check: 'method', refusal: { kind: 'method-not-allowed' } });
  if (token !== undefined && addressUsed(found.config, tokenHash, deps.clock.now()) === undefined)
    return left({ check: 'token', refusal: { kind: 'unknown-address' } });
  const refusal = refusalBeforeBody(admitted);
  if (refusal !== undefined) return left({ check: checkOf[refusal.kind], refusal });
  if (handshake !== undefined)
    return queryHandshakeAnswer(handshake, arrival.query) === undefined
      ? left({ check: 'authenticity', refusal: { kind: 'handshake-mismatch' } })
      : right(GREETED);
  const delivery: RawDelivery = { ...arrival, url: calledUrl(found.config.publicUrl, arrival.token), body };
  const proven = await proveDelivery({ ...deps, ...asItStands }, admitted, delivery);
  if (isLeft(proven)) return left({ check: 'authenticity', refusal: proven.left });
  return right(await passedTrial(deps.deliveries, tenantId, proven.right, delivery));
};

/** The webhook was read just now, so it is not read again, and trials are not part of the metrics. */
const asItStands = {
  webhooks: { byTokenHashNow: () => Promise.resolve(undefined) },
  telemetry: { verified: () => undefined },
  sleep: () => Promise.resolve(),
} as const satisfies Partial<ProvingDeps>;
