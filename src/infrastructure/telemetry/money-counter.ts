import { Counter, type Registry } from 'prom-client';
import { MICROS_PER_UNIT } from '../../domain/shared/money.ts';

export const COSTS = 'integration_call_cost_total';

type Billed = { readonly service: string; readonly operation: string; readonly currency: string };

export type MoneyCounter = { readonly add: (labels: Billed, micros: number) => void };

/** Adds up in millionths: in floating point, 0.1 and 0.2 could show other last digits than the trail. */
export const moneyCounter = (registry: Registry): MoneyCounter => {
  const sums = new Map<string, { readonly labels: Billed; micros: number }>();
  new Counter({
    name: COSTS,
    help: 'What billed requests cost, in units of the currency',
    labelNames: ['service', 'operation', 'currency'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { labels, micros } of sums.values()) this.inc({ ...labels }, micros / MICROS_PER_UNIT);
    },
  });
  return {
    add: (labels, micros) => {
      const key = `${labels.service} ${labels.operation} ${labels.currency}`;
      const sum = sums.get(key);
      if (sum === undefined) sums.set(key, { labels, micros });
      else sum.micros += micros;
    },
  };
};

/** The sum over several processes has no more decimals than the values of one. */
export const roundedToMicros = (amount: number): number =>
  Math.round(amount * MICROS_PER_UNIT) / MICROS_PER_UNIT;
