import type { DeliveryRefusal } from '../../src/application/webhooks/delivery-refusal.ts';
import { refusalRows } from '../../src/interfaces/http/webhooks/webhook-answers.ts';

/** Every kind of refusal: `refusalRows` does not compile without a row for each. */
export const refusalKinds = Object.keys(refusalRows) as readonly DeliveryRefusal['kind'][];

const WAITS: readonly string[] = ['flooding', 'over-limit', 'spool-full'];

export const aRefusal = (kind: DeliveryRefusal['kind'], retryAfterMs = 1_500): DeliveryRefusal =>
  ({
    kind,
    limitBytes: 1,
    failure: { kind: 'empty-body' },
    ...(WAITS.includes(kind) && { retryAfterMs }),
    ...(WAITS.includes(kind) && kind !== 'flooding' && { window: 'minute', limit: 200 }),
  }) as DeliveryRefusal;
