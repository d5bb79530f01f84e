/** Longest part of a member's name that is repeated to the caller, who chooses those names. */
const LONGEST_NAME = 200;

/** A member's name as one reference token of a JSON pointer (RFC 6901), without the leading slash. */
export const pointerStep = (name: string): string =>
  name.slice(0, LONGEST_NAME).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1');

/** The reverse of `pointerStep`. `~1` must be replaced before `~0`, so that `~01` becomes `~1`. */
export const nameOfStep = (step: string): string => step.replaceAll('~1', '/').replaceAll('~0', '~');
