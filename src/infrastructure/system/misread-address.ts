/** How user and password must be written in the URL of a server. */
export const ENCODE_THEM = 'in user and password / is written %2F, # %23, @ %40';

/**
 * There is no `@` in what would be parsed as the host, but one after it, outside the parameters, which may have their
 * own. If there is an `@` before it, too, one in the path is allowed: as part of a virtual host or database, with no
 * port and no further path after it.
 */
const MISREAD = /^[^:]+:\/\/(?:[^/?#@]*\/[^?]*@|[^/?#]*(?:\/[^?]*@[^?@]*[:/]|#[^?]*@|\?[^=]*@))/;

/**
 * Whether a password with `/`, `#` or `?` in it would be misread. The standard parser would take what precedes that
 * character for the host (or the part of it after an `@` of the password), and the rest for a path: that host would be
 * connected to, and the rest be logged.
 */
export const isMisread = (url: string): boolean => MISREAD.test(url);
