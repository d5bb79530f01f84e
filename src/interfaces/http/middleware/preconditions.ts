/** `*`, or the versions named by strong tags of ours; anything else in the header matches nothing. */
export type VersionCondition = 'any' | readonly number[];

/** The ETag of a resource that counts its changes. */
export const etagOf = (version: number): string => `"${version}"`;

const OUR_TAG = /^"(\d{1,15})"$/;

/** `If-Match`: strong comparison (RFC 9110 section 13.1.1), so a weak tag never matches. */
export const versionCondition = (header: string): VersionCondition => {
  if (header.trim() === '*') return 'any';
  return header.split(',').flatMap((tag) => {
    const version = OUR_TAG.exec(tag.trim())?.[1];
    return version === undefined ? [] : [Number(version)];
  });
};

/** `If-None-Match`: weak comparison (section 13.1.2). */
export const isNotModified = (header: string | undefined, version: number): boolean => {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etagOf(version));
};
