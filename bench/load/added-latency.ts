import type { HeldRequest } from '../rivals/held-requests.ts';

/** The latency of one request at the client, in milliseconds, and the address it requested. */
export type OwnLatency = { readonly address: string; readonly ms: number };

/**
 * Spellings of one address that differ in case, spaces and punctuation have one key. Empty without letters and digits.
 */
export const addressKey = (address: string): string =>
  address
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();

/** The key of the address in a request to Google; undefined if it has none, as in probes. */
export const keyAskedFor = (path: string): string | undefined => {
  const address = new URL(path, 'http://provider').searchParams.get('address');
  return address === null ? undefined : addressKey(address);
};

/**
 * For each request, its latency minus the time for which the provider held that same request, in the same order. Throws
 * if the provider was not asked exactly once for an address, since the measurement would then be invalid.
 */
export const addedLatencies = (
  own: readonly OwnLatency[],
  held: readonly HeldRequest[],
): readonly number[] => {
  const heldMs = new Map<string, number[]>();
  for (const { path, ms } of held) {
    const key = keyAskedFor(path);
    if (key === undefined) continue;
    const known = heldMs.get(key);
    if (known === undefined) heldMs.set(key, [ms]);
    else known.push(ms);
  }
  return own.map(({ address, ms }) => {
    const [once, ...more] = heldMs.get(addressKey(address)) ?? [];
    if (once === undefined) throw new Error(`the provider was not asked for "${address}"`);
    if (more.length > 0) throw new Error(`the provider was asked ${1 + more.length} times for "${address}"`);
    return ms - once;
  });
};
