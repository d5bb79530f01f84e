import type { DeliveryRefusal } from '../../src/application/webhooks/delivery-refusal.ts';
import { refusalRows } from '../../src/interfaces/http/webhooks/webhook-answers.ts';

/** Every one there is: their table does not compile without a row for each. */
export const refusalKinds = Object.keys(refusalRows) as readonly DeliveryRefusal['kind'][];
