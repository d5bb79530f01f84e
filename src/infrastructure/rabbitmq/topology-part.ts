/** One of the things that have to be there before a channel can be used. */
export type TopologyPart = {
  /** For this process alone. */
  readonly name: string;
  readonly make: () => PromiseLike<unknown>;
  /** Where it is there already and differs from ours, and serves as well. */
  readonly otherwise?: () => PromiseLike<unknown>;
  /** Whether it is there. */
  readonly look: () => PromiseLike<unknown>;
};

/**
 * What turned out to be made by others, from one attempt to the next, since the broker closes the channel over each:
 * taken `otherwise`, or `fixed` where the broker lets us make nothing. Each part by itself: what is missing beside one
 * that differs has to be made all the same.
 */
export type MadeByOthers = Map<string, 'otherwise' | 'fixed'>;

const ACCESS_REFUSED = 403;
const PRECONDITION_FAILED = 406;

/** Rejects with what closed the channel; the next attempt, on another one, goes about it differently. */
export const provide = async (
  { name, make, otherwise, look }: TopologyPart,
  madeByOthers: MadeByOthers,
): Promise<void> => {
  const known = madeByOthers.get(name);
  const ways = { otherwise: otherwise ?? make, fixed: look };
  try {
    await (known === undefined ? make() : ways[known]());
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    // What was taken for made by others may have been deleted since.
    madeByOthers.delete(name);
    if (code === ACCESS_REFUSED) madeByOthers.set(name, 'fixed');
    if (code === PRECONDITION_FAILED && known === undefined && otherwise) madeByOthers.set(name, 'otherwise');
    throw error;
  }
};
