import type { Sleep } from '../../domain/shared/clock.ts';
import { left, right, type AsyncResult } from '../../domain/shared/fp.ts';
import type { AddressVerdict } from '../../domain/webhook/ip-allowlist.ts';
import type { RawDelivery } from '../../domain/webhook/raw-delivery.ts';
import type { FoundWebhook, WebhookConfigFinder } from '../../domain/webhook/webhook-config-repository.ts';
import type { WebhookConfig } from '../../domain/webhook/webhook-config.ts';
import { isWellFormedToken, webhookTokenHash } from '../../domain/webhook/webhook-token.ts';
import type { DeliveryRefusal, RefusedDelivery } from '../webhooks/delivery-refusal.ts';
import { inTime, LATE } from '../webhooks/in-time.ts';
import {
  addressSubject,
  refuseDelivery,
  refuseUnknown,
  webhookSubject,
  type RefusingDeps,
} from '../webhooks/refuse-delivery.ts';

/** A request to an address of ours, before its body is read. */
export type Arrival = Omit<RawDelivery, 'url' | 'body'> & {
  readonly token: string;
  /** As trusted proxies tell it; undefined: none could be told. */
  readonly clientAddress: string | undefined;
  readonly requestId: string;
  /** By Content-Length; undefined: the body comes in chunks. */
  readonly announcedBytes: number | undefined;
  /** Its bytes are not its body's: a `Content-Encoding` but `identity`, or a `Transfer-Encoding` but `chunked`. */
  readonly isEncoded: boolean;
};

/** Its body may be read. */
export type Admitted = {
  readonly arrival: Arrival;
  readonly tokenHash: string;
  readonly found: FoundWebhook;
  readonly mostBytes: number;
  readonly verdict: AddressVerdict;
  /** Others from this address failed too often: this one has to prove itself or is told to wait. */
  readonly onProbation: number | undefined;
};

export type AdmitDelivery = (arrival: Arrival) => AsyncResult<RefusedDelivery, Admitted>;

type Deps = RefusingDeps & {
  readonly webhooks: WebhookConfigFinder;
  readonly judgeAddress: (config: WebhookConfig, address: string | undefined) => AddressVerdict;
  readonly sleep: Sleep;
};

/** Of who is on probation: enough for what senders send, little work for what strangers do. */
const MOST_BYTES_ON_PROBATION = 64 * 1024;

/** Everything that can be said before the body is read; what costs least comes first. */
export const admitDelivery =
  (deps: Deps): AdmitDelivery =>
  async (arrival) => {
    if (!isWellFormedToken(arrival.token)) return left(refuseUnknown(deps, { kind: 'unknown-address' }));
    const tokenHash = webhookTokenHash(arrival.token);
    const wait = deps.flood.waitOf(addressSubject(arrival));
    // A known token is no guess: strangers send from the addresses of GitHub, or through a proxy of all senders.
    if (wait !== undefined && !deps.webhooks.isKnown(tokenHash))
      return left(refuseUnknown(deps, { kind: 'flooding', retryAfterMs: wait }));
    const found = await inTime(deps.webhooks.byTokenHash(tokenHash), deps.sleep);
    if (found === LATE) return left(refuseUnknown(deps, { kind: 'storage-unavailable' }));
    if (found === undefined) {
      // What no token could be has not got this far: it costs no lookup, and shall not keep other senders from theirs.
      deps.flood.failed(addressSubject(arrival));
      return left(refuseUnknown(deps, { kind: 'unknown-address' }));
    }
    const admitted = admittedTo(deps, arrival, tokenHash, found);
    if (refusalBeforeBody(admitted) === undefined) return right(admitted);
    // Refused is only what stands against it now: the webhook may have been changed through another replica.
    const now = await inTime(deps.webhooks.byTokenHashNow(tokenHash), deps.sleep);
    if (now === LATE) return left(refuseUnknown(deps, { kind: 'storage-unavailable' }));
    const again = now === undefined ? admitted : admittedTo(deps, arrival, tokenHash, now);
    const refusal = refusalBeforeBody(again);
    return refusal === undefined ? right(again) : left(refuseDelivery(deps, again, refusal));
  };

const admittedTo = (
  { flood, judgeAddress }: Deps,
  arrival: Arrival,
  tokenHash: string,
  found: FoundWebhook,
): Admitted => {
  const { config } = found;
  const onProbation = flood.waitOf(webhookSubject(config.id, arrival));
  const mostBytes =
    onProbation === undefined ? config.maxBodyBytes : Math.min(config.maxBodyBytes, MOST_BYTES_ON_PROBATION);
  const verdict = judgeAddress(config, arrival.clientAddress);
  return { arrival, tokenHash, found, mostBytes, verdict, onProbation };
};

/** What its webhook, its sender's address and its headers say against it. */
export const refusalBeforeBody = ({
  arrival,
  found: { config },
  mostBytes,
  verdict,
  onProbation,
}: Admitted): DeliveryRefusal | undefined => {
  if (config.status === 'archived') return { kind: 'gone' };
  if (config.status === 'disabled') return { kind: 'disabled' };
  if (verdict === 'refused') return { kind: 'address-refused' };
  if (arrival.isEncoded) return { kind: 'encoding-refused' };
  if ((arrival.announcedBytes ?? 0) <= mostBytes) return undefined;
  return onProbation !== undefined && (arrival.announcedBytes ?? 0) <= config.maxBodyBytes
    ? { kind: 'flooding', retryAfterMs: onProbation }
    : { kind: 'too-large', limitBytes: config.maxBodyBytes };
};

/** What each of them says of a body that is as it was sent. */
const PLAIN: ReadonlyMap<string, readonly string[]> = new Map([
  ['content-encoding', ['', 'identity']],
  // Node undoes the chunks and nothing else: of "gzip, chunked" it would hand over what is zipped.
  ['transfer-encoding', ['chunked']],
]);

/** What several headers say counts as one. */
export const isEncodedBody = (arrival: Pick<RawDelivery, 'rawHeaders'>): boolean =>
  arrival.rawHeaders.some(
    ([name, value]) => PLAIN.get(name.toLowerCase())?.includes(value.trim().toLowerCase()) === false,
  );
