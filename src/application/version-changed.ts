/** Optimistic locking failed: the resource is no longer in the version that the caller has seen. */
export type VersionChanged = { readonly kind: 'version-changed'; readonly currentVersion: number };

/** `any` accepts whatever version is current, as `If-Match: *` asks for. */
export type ExpectedVersion = number | 'any';

export const isExpected = ({ version }: { readonly version: number }, expected: ExpectedVersion): boolean =>
  expected === 'any' || expected === version;

export const versionChanged = (currentVersion: number): VersionChanged => ({
  kind: 'version-changed',
  currentVersion,
});
