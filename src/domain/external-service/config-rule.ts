/** Validates one setting in the `config` of a service. */
export type ConfigRule = { readonly isGood: (value: unknown) => boolean; readonly detail: string };

export const integerFrom = (from: number, to: number): ConfigRule => ({
  isGood: (value) => Number.isSafeInteger(value) && Number(value) >= from && Number(value) <= to,
  detail: `an integer from ${from} to ${to}`,
});

/** `timeout_ms` in milliseconds, which the pipeline reads for every provider. */
export const timeOfRequest = integerFrom(50, 60_000);
