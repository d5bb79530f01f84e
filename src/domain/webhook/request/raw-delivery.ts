import { utf8Text } from './form-fields.ts';

/** A request as received, before its body is interpreted. */
export type RawDelivery = {
  readonly method: string;
  /**
   * The configured public URL, as the sender knows it. Never derived from the request, whose Host header the sender
   * controls.
   */
  readonly url: string | undefined;
  /** The query of the request without "?", as sent. Twilio puts the hash of a JSON body there. */
  readonly query?: string;
  /** As sent, duplicates included: Node's `headers` joins them, and a joined signature may look like a single one. */
  readonly rawHeaders: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
  readonly receivedAt: Date;
};

export type HeaderReading =
  | { readonly kind: 'absent' }
  | { readonly kind: 'repeated' }
  | { readonly kind: 'value'; readonly value: string };

/** Converts Node's `rawHeaders` (name, value, name, value, …) to pairs. */
export const headerPairs = (flat: readonly string[]): RawDelivery['rawHeaders'] => {
  const pairs: (readonly [string, string])[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) pairs.push([flat[i] ?? '', flat[i + 1] ?? '']);
  return pairs;
};

/** Names are compared case-insensitively. An empty value proves nothing, so it counts as absent. */
export const oneHeader = (delivery: Pick<RawDelivery, 'rawHeaders'>, name: string): HeaderReading => {
  const wanted = name.toLowerCase();
  const found = delivery.rawHeaders.filter(([sent]) => sent.toLowerCase() === wanted);
  if (found.length > 1) return { kind: 'repeated' };
  const value = found[0]?.[1] ?? '';
  return value === '' ? { kind: 'absent' } : { kind: 'value', value };
};

/** The text of a header that was sent exactly once; undefined otherwise. For facts, not for proofs. */
export const headerValue = (delivery: Pick<RawDelivery, 'rawHeaders'>, name: string): string | undefined => {
  const reading = oneHeader(delivery, name);
  return reading.kind === 'value' ? headerText(reading.value) : undefined;
};

/** The bytes of a header value, which Node decodes as Latin-1. */
export const headerBytes = (value: string): Buffer => Buffer.from(value, 'latin1');

// oxlint-disable-next-line no-control-regex -- all of ASCII is what it looks for
const ASCII = /^[\u0000-\u007f]*$/;

/** The header value as UTF-8, or as Latin-1 if it is not valid UTF-8. */
export const headerText = (value: string): string =>
  ASCII.test(value) ? value : (utf8Text(headerBytes(value)) ?? value);
