/** What was to be changed is not what its caller has seen: somebody else was quicker. */
export type VersionChanged = { readonly kind: 'version-changed'; readonly currentVersion: number };

export const versionChanged = (currentVersion: number): VersionChanged => ({
  kind: 'version-changed',
  currentVersion,
});
