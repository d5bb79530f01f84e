import type { AddressVerdict } from '../../domain/webhook/ip-allowlist.ts';
import type { RawDelivery } from '../../domain/webhook/request/raw-delivery.ts';
import type { FoundWebhook } from '../../domain/webhook/webhook-config-repository.ts';
import type { DeliveryRefusal } from './delivery-refusal.ts';

/** A request to an address of ours, before its body is read. */
export type Arrival = Omit<RawDelivery, 'url' | 'body'> & {
  readonly token: string;
  /** As trusted proxies tell it; undefined: none could be told. */
  readonly clientAddress: string | undefined;
  readonly requestId: string;
  /** By Content-Length; undefined: the body comes in chunks. */
  readonly announcedBytes: number | undefined;
  /**
   * The bytes are an encoded form of the body: a `Content-Encoding` other than `identity`, or a `Transfer-Encoding`
   * other than `chunked`.
   */
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

export type RefusalBeforeBody = Extract<
  DeliveryRefusal,
  { readonly kind: 'gone' | 'disabled' | 'address-refused' | 'encoding-refused' | 'flooding' | 'too-large' }
>;

/** What its webhook, its sender's address and its headers say against it. */
export const refusalBeforeBody = ({
  arrival,
  found: { config },
  mostBytes,
  verdict,
  onProbation,
}: Admitted): RefusalBeforeBody | undefined => {
  if (config.status === 'archived') return { kind: 'gone' };
  if (config.status === 'disabled') return { kind: 'disabled' };
  if (verdict === 'refused') return { kind: 'address-refused' };
  if (arrival.isEncoded) return { kind: 'encoding-refused' };
  if ((arrival.announcedBytes ?? 0) <= mostBytes) return undefined;
  return onProbation !== undefined && (arrival.announcedBytes ?? 0) <= config.maxBodyBytes
    ? { kind: 'flooding', retryAfterMs: onProbation }
    : { kind: 'too-large', limitBytes: config.maxBodyBytes };
};

/** The values by which each of these headers says that the body is as it was sent. */
const PLAIN: ReadonlyMap<string, readonly string[]> = new Map([
  ['content-encoding', ['', 'identity']],
  // Node undoes the chunks and nothing else: of "gzip, chunked" it would hand over what is zipped.
  ['transfer-encoding', ['chunked']],
]);

/** Of several headers, one that says otherwise is enough. */
export const isEncodedBody = (arrival: Pick<RawDelivery, 'rawHeaders'>): boolean =>
  arrival.rawHeaders.some(
    ([name, value]) => PLAIN.get(name.toLowerCase())?.includes(value.trim().toLowerCase()) === false,
  );
