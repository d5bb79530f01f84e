/** How a user or a password is to be written in the address of a server. */
export const ENCODE_THEM = 'in user and password / is written %2F, # %23, @ %40';

/**
 * No `@` in what is taken for the host, and one behind it; parameters may have their own. With an `@` before it, too, a
 * path may have one: a virtual host or a database, in which no port and no further path follows.
 */
const MISREAD = /^[^:]+:\/\/(?:[^/?#@]*\/[^?]*@|[^/?#]*(?:\/[^?]*@[^?@]*[:/]|#[^?]*@|\?[^=]*@))/;

/**
 * Of a password with a `/`, `#` or `?` in it the standard's parser takes what stands before for a host, or what stands
 * there behind an `@` of the password, and the rest for a path: that host would be asked, and the rest be told in the
 * log.
 */
export const isMisread = (url: string): boolean => MISREAD.test(url);
