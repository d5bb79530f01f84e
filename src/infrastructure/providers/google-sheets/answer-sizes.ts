/** Bytes of answers in the memory of a process. */
export type AnswerSizes = {
  readonly one: number;
  /** Of all that are under way: one that is as large as may be, packed and unpacked. */
  readonly all: number;
};

/** Google recommends 2 MB for a call and does not hold itself to it. */
const LARGEST = 32 * 1024 * 1024;
/**
 * Until its caller has it, an answer takes up to eleven times its bytes, most of them in V8's heap: 256 MiB in a
 * container of 512. One of 31 MiB took up to 330 there, and two at once were the end of the process.
 */
const SHARE_OF_HEAP = 1 / 32;

/** `heapBytes`: as large as V8 lets its heap become, by what the container or the machine grants. */
export const answerSizes = (heapBytes: number): AnswerSizes => {
  const one = Math.min(LARGEST, Math.floor(heapBytes * SHARE_OF_HEAP));
  return { one, all: 2 * one };
};
