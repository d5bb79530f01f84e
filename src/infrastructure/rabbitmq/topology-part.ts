/** An exchange, a queue or bindings that must exist before a channel can be used. */
export type TopologyPart = {
  /** Identifies the part within this process. */
  readonly name: string;
  readonly make: () => PromiseLike<unknown>;
  /** For a part that exists with other arguments than ours but will do. */
  readonly otherwise?: () => PromiseLike<unknown>;
  /** Checks that it exists. */
  readonly look: () => PromiseLike<unknown>;
};

/**
 * What earlier attempts found to be made by others, remembered because the broker closes the channel over each: such a
 * part is handled by `otherwise`, or only checked (`fixed`) where the broker does not let us declare it. Noted for each
 * part separately, since a missing part has to be declared even beside one made by others.
 */
export type MadeByOthers = Map<string, 'otherwise' | 'fixed'>;

const ACCESS_REFUSED = 403;
const PRECONDITION_FAILED = 406;

/** Rejects with the error that closed the channel; the next attempt, on another channel, proceeds differently. */
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
    // The part may have been deleted since it was found to be made by others.
    madeByOthers.delete(name);
    if (code === ACCESS_REFUSED) madeByOthers.set(name, 'fixed');
    if (code === PRECONDITION_FAILED && known === undefined && otherwise) madeByOthers.set(name, 'otherwise');
    throw error;
  }
};
