import { expect } from 'chai';
import type { HealthStatus } from '../../../../src/domain/external-service/external-service.ts';
import { healthLines } from '../../../../src/infrastructure/telemetry/health-lines.ts';
import { anExternalService } from '../../../support/an-external-service.ts';
import { recordingLogger } from '../../../support/recording-logger.ts';

const linesOf = (from: HealthStatus, to: HealthStatus) => {
  const logger = recordingLogger();
  const service = anExternalService();
  healthLines(logger)({
    service,
    from,
    to,
    refused: false,
    reason: 'credentials-rejected',
    correlationId: 'health-monitor',
  });
  return { service, lines: logger.lines };
};

describe('The log, of the health of a service', () => {
  it('warns of a service that fares worse, with whose it is and why, and of no secret', () => {
    const { service, lines } = linesOf('healthy', 'degraded');
    expect(lines).to.deep.equal([
      {
        level: 'warn',
        message: 'health of a service changed',
        fields: {
          tenant: service.tenantId,
          service_id: service.id,
          service_name: service.serviceName,
          provider: service.provider,
          from: 'healthy',
          to: 'degraded',
          reason: 'credentials-rejected',
        },
      },
    ]);
  });

  it('tells of a recovery, and not of the first answer of a new one', () => {
    expect(linesOf('unhealthy', 'healthy').lines[0]).to.include({ level: 'info' });
    expect(linesOf('unknown', 'healthy').lines).to.deep.equal([]);
  });
});
