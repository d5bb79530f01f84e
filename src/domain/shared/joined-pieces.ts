export type Pieces = { readonly add: (piece: Buffer) => void; readonly whole: () => Buffer };

/** Pieces of a byte each take some hundred more than anybody counts: so many become one. */
const MOST_PIECES = 256;

/** The pieces of a body as they come, whole at the end. */
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
