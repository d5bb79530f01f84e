/** Characters that are repeated of a member's name: callers choose them. */
const LONGEST_NAME = 200;

/** A member's name as one step of a JSON pointer (RFC 6901), without the slash before it. */
export const pointerStep = (name: string): string =>
  name.slice(0, LONGEST_NAME).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1');

/** The name that a step stands for. In this order: `~01` is `~1`. */
export const nameOfStep = (step: string): string => step.replaceAll('~1', '/').replaceAll('~0', '~');
