/** An injectable `setTimeout` and `clearTimeout`. Delays are in milliseconds. */
export type Timers = {
  readonly set: (callback: () => void, ms: number) => unknown;
  readonly clear: (timer: unknown) => void;
};
