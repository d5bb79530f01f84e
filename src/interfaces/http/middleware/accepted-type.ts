/**
 * The quality that Accept gives to a media range (RFC 9110 section 12.5.1): 0 means not acceptable, undefined that the
 * range is not named.
 */
const qualityOf = (accept: string, wanted: string): number | undefined => {
  for (const range of accept.toLowerCase().split(',')) {
    const [name, ...parameters] = range.split(';').map((part) => part.trim());
    if (name !== wanted) continue;
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    return quality === undefined ? 1 : Number(quality.slice(2)) || 0;
  }
  return undefined;
};

/** The most specific range decides. */
const likingOf = (accept: string, type: string): number =>
  qualityOf(accept, type) ?? qualityOf(accept, type.replace(/\/.*/, '/*')) ?? qualityOf(accept, '*/*') ?? 0;

/** True if the type is named explicitly and preferred at least as much as the default one. */
export const prefers = (accept: string, type: string, usual: string): boolean => {
  const quality = qualityOf(accept, type) ?? 0;
  return quality > 0 && quality >= likingOf(accept, usual);
};
