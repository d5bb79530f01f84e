import { isLeft } from '../../src/domain/shared/fp.ts';
import { schemeFrom } from '../../src/domain/webhook/scheme/scheme-rules.ts';
import type { SignatureScheme } from '../../src/domain/webhook/scheme/signature-scheme.ts';

/** The signature scheme of a custom sender, given in the form of a request body. */
export const aScheme = (fields: object, publicUrl?: string): SignatureScheme => {
  const read = schemeFrom(fields, { publicUrl });
  if (isLeft(read)) throw new Error(JSON.stringify(read.left));
  return read.right;
};
