import type * as t from 'io-ts';
import { right, type AsyncResult } from '../../domain/shared/fp.ts';
import type { Codec } from './codecs/codec.ts';
import { decode } from './decode.ts';
import type { Exchange } from './exchange.ts';
import type { Failure } from './failure.ts';
import { JSON_TYPE, readJson } from './middleware/json-body.ts';

/** How a route takes its body, and what the document says of it. */
export type BodyRule<B> = {
  readonly codec: t.Mixed | undefined;
  readonly mediaTypes: readonly string[];
  readonly read: (exchange: Exchange) => AsyncResult<Failure, B>;
};

export const jsonBody = <B>(codec: Codec<B>, mediaTypes: readonly string[] = [JSON_TYPE]): BodyRule<B> => ({
  codec,
  mediaTypes,
  read: ({ req, kit }) => readJson(req, mediaTypes, kit.maxBodyBytes, (value) => decode(codec, value)),
});

const nothing = right(undefined);
/** Whatever is sent is not read. */
export const noBody: BodyRule<undefined> = {
  codec: undefined,
  mediaTypes: [],
  read: () => Promise.resolve(nothing),
};
