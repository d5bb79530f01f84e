import { expect } from 'chai';
import type { HealthStatus } from '../../../../src/domain/external-service/external-service.ts';
import { DatabaseAway } from '../../../../src/infrastructure/postgres/connection/database-away.ts';
import { healthLines, unstoredHealthLines } from '../../../../src/infrastructure/telemetry/health-lines.ts';
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

  it('says once a minute of each service that its change cannot be stored, however many calls meet it', () => {
    const logger = recordingLogger();
    let now = 0;
    const unstored = unstoredHealthLines(logger, () => now);
    const readOnly = Object.assign(new Error('cannot execute UPDATE'), { code: '25006' });
    for (const id of ['one', 'one', 'two', 'one', 'two']) unstored(id, readOnly);
    const told = () => logger.lines.map(({ fields }) => fields['service_id']);
    expect(told()).to.deep.equal(['one', 'two']);
    now = 60_000;
    unstored('one', readOnly);
    unstored('three', new DatabaseAway('ECONNREFUSED'));
    expect(told()).to.deep.equal(['one', 'two', 'one']);
    expect(logger.lines[0]).to.deep.include({ level: 'warn', message: 'health change not stored' });
    expect(logger.lines[0]?.fields).to.include({ error_code: '25006' });
  });
});
