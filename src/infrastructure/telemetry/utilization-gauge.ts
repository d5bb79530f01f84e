import { Gauge, type Registry } from 'prom-client';
import { windowMs, type WindowState } from '../../domain/rate-limit/quota.ts';
import type { Clock } from '../../domain/shared/clock.ts';

type Seen = { readonly windows: readonly WindowState[]; readonly at: number };

const fullest = ({ windows, at }: Seen, now: number): number =>
  windows.reduce((most, { window, used, limit }) => {
    // After so long, none of the calls counted then is still in the window; a later call would have been seen.
    const isOver = now - at >= windowMs[window];
    return isOver ? most : Math.max(most, limit <= used ? 1 : used / limit);
  }, 0);

/**
 * How full each service's windows were when they were last asked about, until they have passed: at night nobody asks.
 */
export const utilizationGauge = (registry: Registry, monotonic: Clock['monotonic']) => {
  const seen = new Map<string, Seen>();
  new Gauge({
    name: 'integration_rate_limit_utilization',
    help: 'Fullest window of the service asked last, 0 to 1; 0 when it has passed',
    labelNames: ['service'],
    aggregator: 'max',
    registers: [registry],
    collect() {
      for (const [service, last] of seen) this.set({ service }, fullest(last, monotonic()));
    },
  });
  return (service: string, windows: readonly WindowState[]): void =>
    void seen.set(service, { windows, at: monotonic() });
};
