import type { IncomingHttpHeaders } from 'node:http';
import { left, right, type Either } from '../../../domain/shared/fp.ts';
import type { ExpectedVersion } from '../../../application/version-changed.ts';
import type { EdgeFailure } from '../../wire/failure.ts';

/** `*`, or the versions named by strong entity tags of ours; anything else in the header matches nothing. */
export type VersionCondition = 'any' | readonly number[];

/** The ETag of a versioned resource. */
export const etagOf = (version: number): string => `"${version}"`;

/** Tags are compared as text: "01" is not "1". */
const OUR_TAG = /^"(0|[1-9]\d{0,14})"$/;

/** `If-Match`: strong comparison (RFC 9110 section 13.1.1), so a weak tag never matches. */
export const versionCondition = (header: string): VersionCondition => {
  if (isAnything(header)) return 'any';
  return header.split(',').flatMap((tag) => {
    const version = OUR_TAG.exec(tag.trim())?.[1];
    return version === undefined ? [] : [Number(version)];
  });
};

/** Whether `If-Match` is absent or names this version. */
const isMatching = (header: string | undefined, version: number): boolean => {
  if (header === undefined) return true;
  const condition = versionCondition(header);
  return condition === 'any' || condition.includes(version);
};

/** Whether `If-None-Match` names this version: weak comparison (section 13.1.2). */
export const isKnown = (header: string | undefined, version: number): boolean => {
  if (header === undefined) return false;
  if (isAnything(header)) return true;
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etagOf(version));
};

/** `*` matches any existing resource. */
export const isAnything = (header: string | undefined): boolean => header?.trim() === '*';

type Versioned = { readonly version: number };
type Failed = Extract<EdgeFailure, { readonly kind: 'precondition-failed' }>;
type Required = Extract<EdgeFailure, { readonly kind: 'precondition-required' }>;

// The following apply only to a resource that exists: a missing one is 404 whatever the headers say, since
// preconditions count only where the request would otherwise succeed (section 13.2.1).

/** The resource, if `If-Match` allows reading it. `If-None-Match` is evaluated afterwards (section 13.2.2). */
export const ifReadable = <A extends Versioned>(
  headers: IncomingHttpHeaders,
  current: A,
): Either<Failed, A> =>
  isMatching(headers['if-match'], current.version) ? right(current) : left({ kind: 'precondition-failed' });

/** The resource, if neither `If-Match` nor `If-None-Match` forbids changing it. */
export const ifChangeable = <A extends Versioned>(
  headers: IncomingHttpHeaders,
  current: A,
): Either<Failed, A> =>
  isKnown(headers['if-none-match'], current.version)
    ? left({ kind: 'precondition-failed' })
    : ifReadable(headers, current);

/** The same where `If-Match` is required. */
export const ifMatching = <A extends Versioned>(
  headers: IncomingHttpHeaders,
  current: A,
): Either<Failed | Required, A> =>
  headers['if-match'] === undefined
    ? left({ kind: 'precondition-required' })
    : ifChangeable(headers, current);

/** The version that must still be current when the change is made; any, if the caller sent no condition or `*`. */
export const expectedIn = (headers: IncomingHttpHeaders, found: Versioned): ExpectedVersion =>
  headers['if-none-match'] === undefined && isAnything(headers['if-match'] ?? '*') ? 'any' : found.version;
