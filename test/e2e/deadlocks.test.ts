import { expect } from 'chai';
import type { ApiClient } from '../support/api-client.ts';
import { startGateway } from '../support/gateway.ts';
import { patientClient } from '../support/patient-client.ts';
import { startReplicas } from '../support/replicas.ts';

/** Raised at the first service that is registered, as PostgreSQL would raise it. */
const DEADLOCK = `
  create sequence inserts;
  create function deadlock() returns trigger language plpgsql security definer as $$
  begin
    if nextval('inserts') = 1 then
      raise exception 'deadlock detected' using errcode = '40P01';
    end if;
    return new;
  end $$;
  create trigger deadlock before insert on external_services for each row execute function deadlock()`;

const register = (api: ApiClient) =>
  api.post('/services', { service_name: 'gazetteer', provider: 'gazetteer', service_type: 'geocoding' });
const toldBy = (stopping: Promise<void>): Promise<unknown> =>
  stopping.catch((error: unknown) => String(error));

describe('A deadlock in the database', () => {
  it('is reported when the gateway of a test stops, even if its caller retried and was answered', async () => {
    const gateway = await startGateway();
    await gateway.sql(DEADLOCK);
    const { status, text } = await register(await gateway.administrator('deadlocked'));
    const told = await toldBy(gateway.stop());
    expect(status, text).to.equal(201);
    expect(told).to.match(/deadlock/);
  });

  it('is reported when the replicas of a test stop, also by one that was killed before', async () => {
    const replicas = await startReplicas(1);
    await replicas.sql(DEADLOCK);
    const [client] = await replicas.clients('deadlocked');
    const { status, text } = await register(patientClient(client as ApiClient));
    await replicas.replace(0);
    const told = await toldBy(replicas.stop());
    expect(status, text).to.equal(201);
    expect(told).to.match(/deadlock/);
  });
});
