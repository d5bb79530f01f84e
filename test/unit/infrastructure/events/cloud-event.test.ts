import { expect } from 'chai';
import { toCloudEvent } from '../../../../src/infrastructure/events/cloud-event.ts';
import type { TenantId } from '../../../../src/domain/shared/tenant-context.ts';

describe('cloud event', () => {
  it('dresses an event with the attributes of the bus contract', () => {
    const event = toCloudEvent({
      id: '01a3f6c2-7a10-7cc3-8f6e-3b6f4a3c9d11',
      type: 'integration.health.degraded',
      tenantId: 'uk_company_1' as TenantId,
      subject: 'service-1',
      time: Date.UTC(2026, 10, 22, 12, 0, 0, 7),
      correlationId: 'req-1',
      data: { service_id: 'service-1', from: 'healthy', to: 'degraded' },
    });
    expect(event).to.deep.equal({
      specversion: '1.0',
      id: '01a3f6c2-7a10-7cc3-8f6e-3b6f4a3c9d11',
      source: '/integration-service',
      type: 'integration.health.degraded',
      subject: 'service-1',
      time: '2026-11-22T12:00:00.007Z',
      datacontenttype: 'application/json',
      managementcompanyid: 'uk_company_1',
      correlationid: 'req-1',
      schemaversion: '1',
      data: { service_id: 'service-1', from: 'healthy', to: 'degraded' },
    });
  });
});
