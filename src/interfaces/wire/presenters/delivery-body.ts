import { right } from '../../../domain/shared/fp.ts';
import { leaf } from '../codecs/codec.ts';

const OPAQUE = 'application/octet-stream';
/** Types in which no browser executes anything. */
const HARMLESS = ['application/json', 'application/x-www-form-urlencoded', 'text/plain'] as const;

const anything = leaf<unknown>({}, right);
export const bodyContent = Object.fromEntries([...HARMLESS, OPAQUE].map((type) => [type, anything]));

/** Only the media type: its parameters are the sender's text, which no header of ours repeats. */
export const safeType = (contentType: string | undefined): string => {
  const essence = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  return HARMLESS.find((type) => type === essence) ?? OPAQUE;
};
