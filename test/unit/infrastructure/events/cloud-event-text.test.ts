import { expect } from 'chai';
import fc from 'fast-check';
import {
  integrationEventTypes,
  type IntegrationEvent,
} from '../../../../src/domain/shared/integration-event.ts';
import type { JsonObject } from '../../../../src/domain/shared/json.ts';
import type { TenantId } from '../../../../src/domain/shared/tenant-context.ts';
import { cloudEventText } from '../../../../src/infrastructure/events/cloud-event-text.ts';
import { toCloudEvent } from '../../../../src/infrastructure/events/cloud-event.ts';
import { anEvent } from '../../../support/a-recorded-call.ts';

const anyText = fc.string({ unit: 'binary' });
const anyEvent: fc.Arbitrary<IntegrationEvent> = fc.record({
  id: anyText,
  type: fc.constantFrom(...integrationEventTypes),
  tenantId: anyText.map((text) => text as TenantId),
  subject: anyText,
  time: fc.oneof(fc.integer({ min: -1e13, max: 1e14 }), fc.double({ min: 0, max: 1e13, noNaN: true })),
  correlationId: anyText,
  data: fc.dictionary(anyText, fc.jsonValue({ stringUnit: 'binary' })).map((data) => data as JsonObject),
});

describe('the text of a cloud event', () => {
  it('is the JSON of the same cloud event, for every event', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        expect(cloudEventText(event)).to.equal(JSON.stringify(toCloudEvent(event)));
      }),
    );
  });

  it('refuses a time that is no date, and the next event is whole', () => {
    expect(() => cloudEventText(anEvent({ time: Number.NaN }))).to.throw(RangeError);
    expect(cloudEventText(anEvent())).to.equal(JSON.stringify(toCloudEvent(anEvent())));
  });
});
