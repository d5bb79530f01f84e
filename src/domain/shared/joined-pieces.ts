export type Pieces = { readonly add: (piece: Buffer) => void; readonly whole: () => Buffer };

/**
 * A Buffer of one byte costs some hundred bytes more, which no size limit counts. So many chunks are therefore joined
 * into one, or a body sent byte by byte would take far more memory than its size.
 */
const MOST_PIECES = 256;

/** Collects the chunks of a body as they arrive; `whole` joins them. */
export const joinedPieces = (): Pieces => {
  const joined: Buffer[] = [];
  let pieces: Buffer[] = [];
  return {
    add: (piece) => {
      pieces.push(piece);
      if (pieces.length < MOST_PIECES) return;
      joined.push(Buffer.concat(pieces));
      pieces = [];
    },
    whole: () => {
      const [first = Buffer.alloc(0), ...others] = [...joined, ...pieces];
      return others.length === 0 ? first : Buffer.concat([first, ...others]);
    },
  };
};
