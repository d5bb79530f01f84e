/** What was to be changed is not what its caller has seen: somebody else was quicker. */
export type VersionChanged = { readonly kind: 'version-changed'; readonly currentVersion: number };

/** `any`: whatever it is by then, which is what `If-Match: *` asks for. */
export type ExpectedVersion = number | 'any';

export const isExpected = ({ version }: { readonly version: number }, expected: ExpectedVersion): boolean =>
  expected === 'any' || expected === version;

export const versionChanged = (currentVersion: number): VersionChanged => ({
  kind: 'version-changed',
  currentVersion,
});
