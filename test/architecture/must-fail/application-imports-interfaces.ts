// as src/application/x.ts: application may not import src/interfaces/http/codecs/codec.ts
import type { Codec } from '../interfaces/http/codecs/codec.ts';
export type X = Codec<1>;
