import * as t from 'io-ts';

export const money = t.type({ micros: t.number, currency: t.string });

/** Codec of an attempt in JSON. Each reader chooses how strictly the outcome is decoded. */
export const attemptWith = <O extends t.Mixed>(outcome: O) =>
  t.intersection([
    t.type({
      provider: t.string,
      serviceId: t.string,
      serviceName: t.string,
      outcome,
      durationMs: t.number,
      calls: t.number,
    }),
    t.partial({ cost: money, message: t.string, status: t.number }),
  ]);
