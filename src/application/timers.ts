/** As `setTimeout` and `clearTimeout`. */
export type Timers = {
  readonly set: (callback: () => void, ms: number) => unknown;
  readonly clear: (timer: unknown) => void;
};
