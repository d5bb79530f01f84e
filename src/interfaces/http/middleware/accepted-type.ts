/** What Accept says of a media type (RFC 9110 section 12.5.1): 0 refuses it, undefined says nothing of this range. */
const qualityOf = (accept: string, wanted: string): number | undefined => {
  for (const range of accept.toLowerCase().split(',')) {
    const [name, ...parameters] = range.split(';').map((part) => part.trim());
    if (name !== wanted) continue;
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    return quality === undefined ? 1 : Number(quality.slice(2)) || 0;
  }
  return undefined;
};

/** By the range that names it most closely. */
const likingOf = (accept: string, type: string): number =>
  qualityOf(accept, type) ?? qualityOf(accept, type.replace(/\/.*/, '/*')) ?? qualityOf(accept, '*/*') ?? 0;

/** Asked for by name, and liked no less than what everybody gets. */
export const prefers = (accept: string, type: string, usual: string): boolean => {
  const quality = qualityOf(accept, type) ?? 0;
  return quality > 0 && quality >= likingOf(accept, usual);
};
