/** Bytes of answers in the memory of a process. */
export type AnswerSizes = {
  readonly one: number;
  /** For all answers under way: one of the largest size, compressed and decompressed. */
  readonly all: number;
};

/** Google recommends 2 MB for a call, and does not keep to it itself. */
const LARGEST = 32 * 1024 * 1024;
/**
 * Until its caller has it, an answer takes up to eleven times its bytes, most of them in V8's heap, which is 256 MiB in
 * a container of 512. One of 31 MiB took up to 330 there, and two at once ended the process.
 */
const SHARE_OF_HEAP = 1 / 32;

/** `heapBytes`: the limit of V8's heap, given the memory of container or machine. */
export const answerSizes = (heapBytes: number): AnswerSizes => {
  const one = Math.min(LARGEST, Math.floor(heapBytes * SHARE_OF_HEAP));
  return { one, all: 2 * one };
};
