/** What Accept says of one media type by name (RFC 9110 section 12.4.2): 0 refuses it, undefined says nothing. */
const qualityOf = (accept: string, type: string): number | undefined => {
  for (const range of accept.toLowerCase().split(',')) {
    const [name, ...parameters] = range.split(';').map((part) => part.trim());
    if (name !== type) continue;
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    return quality === undefined ? 1 : Number(quality.slice(2)) || 0;
  }
  return undefined;
};

/** Asked for by name, and liked no less than what everybody gets. */
export const prefers = (accept: string, type: string, usual: string): boolean => {
  const quality = qualityOf(accept, type) ?? 0;
  return quality > 0 && quality >= (qualityOf(accept, usual) ?? 0);
};
