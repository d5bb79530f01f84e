import { expect } from 'chai';
import { findPrometheus } from '../../scripts/ops/observability/prometheus.ts';
import { postgresServer } from '../support/postgres-server.ts';
import { rabbitmqServer } from '../support/rabbitmq-server.ts';
import { redisServer } from '../support/redis-server.ts';
import { runEntryPoint } from '../support/service-process.ts';
import { skipBecause } from '../support/skip-because.ts';

describe('Dashboards and alert rules', function () {
  this.timeout(300_000);

  it('ask a real Prometheus only for metrics that a running service has', async function () {
    try {
      await findPrometheus();
    } catch (error) {
      return skipBecause(this, error instanceof Error ? error.message : String(error));
    }
    // The script starts servers of its own: this finds their programs, or installs them.
    const [{ adminUrl }] = await Promise.all([postgresServer(), redisServer(), rabbitmqServer()]);
    const checked = await runEntryPoint('scripts/check-observability.ts', [], {
      TEST_DATABASE_URL: adminUrl,
    });
    expect(checked.code, checked.stderr).to.equal(0);
    expect(checked.stdout).to.contain('every expression of every rule and dashboard has data');
    expect(checked.stdout).to.contain('metrics and rules are sound');
  });
});
