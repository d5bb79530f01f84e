// as src/application/x.ts: application may not import src/interfaces/wire/codecs/codec.ts
import type { Codec } from '../interfaces/wire/codecs/codec.ts';
export type X = Codec<1>;
