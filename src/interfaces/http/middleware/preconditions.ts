import type { IncomingHttpHeaders } from 'node:http';
import { left, right, type Either } from '../../../domain/shared/fp.ts';
import type { ExpectedVersion } from '../../../application/version-changed.ts';
import type { EdgeFailure } from '../../wire/failure.ts';

/** `*`, or the versions named by strong tags of ours; anything else in the header matches nothing. */
export type VersionCondition = 'any' | readonly number[];

/** The ETag of a resource that counts its changes. */
export const etagOf = (version: number): string => `"${version}"`;

/** Tags are compared as they are written: "01" is another one than "1". */
const OUR_TAG = /^"(0|[1-9]\d{0,14})"$/;

/** `If-Match`: strong comparison (RFC 9110 section 13.1.1), so a weak tag never matches. */
export const versionCondition = (header: string): VersionCondition => {
  if (header.trim() === '*') return 'any';
  return header.split(',').flatMap((tag) => {
    const version = OUR_TAG.exec(tag.trim())?.[1];
    return version === undefined ? [] : [Number(version)];
  });
};

type Unmet = Extract<EdgeFailure, { readonly kind: 'precondition-required' | 'precondition-failed' }>;

/**
 * What is there, if it is what `If-Match` speaks of. To be asked of what was found only: a thing that is not there is
 * 404 whatever the header says, for a precondition counts where the request would succeed without it (section 13.2.1).
 */
export const ifMatching = <A extends { readonly version: number }>(
  headers: IncomingHttpHeaders,
  current: A,
): Either<Unmet, A> => {
  const header = headers['if-match'];
  if (header === undefined) return left({ kind: 'precondition-required' });
  const condition = versionCondition(header);
  return condition === 'any' || condition.includes(current.version)
    ? right(current)
    : left({ kind: 'precondition-failed' });
};

/** What a change of what was found has to meet when it is made: after `*` nothing. */
export const expectedIn = (
  headers: IncomingHttpHeaders,
  found: { readonly version: number },
): ExpectedVersion => (versionCondition(headers['if-match'] ?? '') === 'any' ? 'any' : found.version);

/** `If-None-Match`: weak comparison (section 13.1.2). */
export const isNotModified = (header: string | undefined, version: number): boolean => {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etagOf(version));
};
