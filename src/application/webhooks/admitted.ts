import type { AddressVerdict } from '../../domain/webhook/ip-allowlist.ts';
import type { RawDelivery } from '../../domain/webhook/request/raw-delivery.ts';
import type { FoundWebhook } from '../../domain/webhook/webhook-config-repository.ts';
import type { DeliveryRefusal } from './delivery-refusal.ts';

/** A request to a webhook address, before its body is read. */
export type Arrival = Omit<RawDelivery, 'url' | 'body'> & {
  readonly token: string;
  /** The client's address as reported by trusted proxies; undefined when it could not be determined. */
  readonly clientAddress: string | undefined;
  readonly requestId: string;
  /** The Content-Length; undefined for a chunked body. */
  readonly announcedBytes: number | undefined;
  /**
   * The body is encoded: `Content-Encoding` is something other than `identity`, or `Transfer-Encoding` other than
   * `chunked`.
   */
  readonly isEncoded: boolean;
};

/** A request that passed all checks before the body, so its body may be read. */
export type Admitted = {
  readonly arrival: Arrival;
  readonly tokenHash: string;
  readonly found: FoundWebhook;
  readonly mostBytes: number;
  readonly verdict: AddressVerdict;
  /** Set while this client address is on probation: milliseconds to wait, unless this request proves itself. */
  readonly probationMs: number | undefined;
};

export type RefusalBeforeBody = Extract<
  DeliveryRefusal,
  { readonly kind: 'gone' | 'disabled' | 'address-refused' | 'encoding-refused' | 'flooding' | 'too-large' }
>;

/** Why the request is refused judging by its webhook, client address and headers; undefined: read the body. */
export const refusalBeforeBody = ({
  arrival,
  found: { config },
  mostBytes,
  verdict,
  probationMs,
}: Admitted): RefusalBeforeBody | undefined => {
  if (config.status === 'archived') return { kind: 'gone' };
  if (config.status === 'disabled') return { kind: 'disabled' };
  if (verdict === 'refused') return { kind: 'address-refused' };
  if (arrival.isEncoded) return { kind: 'encoding-refused' };
  if ((arrival.announcedBytes ?? 0) <= mostBytes) return undefined;
  return probationMs !== undefined && (arrival.announcedBytes ?? 0) <= config.maxBodyBytes
    ? { kind: 'flooding', retryAfterMs: probationMs }
    : { kind: 'too-large', limitBytes: config.maxBodyBytes };
};

/** Header values that mean the body is not encoded. */
const PLAIN: ReadonlyMap<string, readonly string[]> = new Map([
  ['content-encoding', ['', 'identity']],
  // Node decodes the chunks only: for "gzip, chunked" it would deliver the compressed bytes.
  ['transfer-encoding', ['chunked']],
]);

/** If a header occurs several times, one value that says otherwise is enough. */
export const isEncodedBody = (arrival: Pick<RawDelivery, 'rawHeaders'>): boolean =>
  arrival.rawHeaders.some(
    ([name, value]) => PLAIN.get(name.toLowerCase())?.includes(value.trim().toLowerCase()) === false,
  );
