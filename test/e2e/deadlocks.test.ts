import { expect } from 'chai';
import { startGateway } from '../support/gateway.ts';

describe('A deadlock in the database', () => {
  it('is told when the gateway of a test stops, though its caller asked again and was answered', async () => {
    const gateway = await startGateway();
    await gateway.sql('create sequence inserts');
    await gateway.sql(`create function deadlock() returns trigger language plpgsql security definer as $$
      begin
        if nextval('inserts') = 1 then
          raise exception 'deadlock detected' using errcode = '40P01';
        end if;
        return new;
      end $$`);
    await gateway.sql(`create trigger deadlock before insert on external_services
      for each row execute function deadlock()`);
    const api = await gateway.administrator('deadlocked');
    const service = { service_name: 'gazetteer', provider: 'gazetteer', service_type: 'geocoding' };
    const { status, text } = await api.post('/services', service);
    const told = await gateway.stop().catch((error: unknown) => String(error));
    expect(status, text).to.equal(201);
    expect(told).to.match(/deadlock/);
  });
});
