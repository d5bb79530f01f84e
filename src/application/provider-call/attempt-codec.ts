import * as t from 'io-ts';

export const money = t.type({ micros: t.number, currency: t.string });

/** An attempt in JSON. How sure its reader has to be of the outcome is for that one to say. */
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
