import { expect } from 'chai';
import { administratorToken, registerGazetteer, startGateway, type Gateway } from '../support/gateway.ts';
import { eventually } from '../support/until.ts';
import { startBalancingProxy, type BalancingProxy } from '../support/balancing-proxy.ts';
import { startService, type ServiceProcess } from '../support/service-process.ts';
import { steadyLoad } from '../support/steady-load.ts';

const REPLICAS = 4;
/** `npm run test:faults` sends 200. */
const PER_SECOND = Number(process.env['LOAD_PER_SECOND'] ?? '50');
const TENANT = 'rolling';
const CITIES = ['Ташкент', 'Москва', 'Самарканд', 'Бухара', 'Нукус', 'Наманган', 'Фергана', 'Андижан'];

describe('Replicas that are replaced one after the other under load', () => {
  let gateway: Gateway;
  let proxy: BalancingProxy;
  const replicas: ServiceProcess[] = [];

  before(async () => {
    // Five processes at once share a server of a hundred connections with other tests.
    gateway = await startGateway({ SHUTDOWN_DRAIN_MS: '700', DATABASE_POOL_SIZE: '4' });
    proxy = await startBalancingProxy();
    await registerGazetteer(await gateway.administrator(TENANT));
  });
  after(async () => {
    await proxy.stop();
    await Promise.all(replicas.map((replica) => replica.stop()));
    await gateway.stop();
  });

  const joined = async (): Promise<void> => {
    const replica = await startService(gateway.environment);
    replicas.push(replica);
    proxy.add(replica.url);
    await eventually('the replica to be ready', async () => proxy.ready().includes(replica.url) || undefined);
  };
  const replaced = async (): Promise<number | null> => {
    const old = replicas.shift();
    const code = (await old?.stop()) ?? null;
    proxy.remove(old?.url ?? '');
    await joined();
    return code;
  };

  it('fail no request', async () => {
    await Promise.all(Array.from({ length: REPLICAS }, joined));
    const headers = {
      authorization: `Bearer ${await administratorToken({ tenants: [TENANT] })}`,
      'x-management-company-id': TENANT,
      'content-type': 'application/json',
    };
    let asked = 0;
    const load = steadyLoad(PER_SECOND, () => {
      asked += 1;
      const body = JSON.stringify({ address: CITIES[asked % CITIES.length], limit: 1 + (asked % 5) });
      return { url: `${proxy.url}/geocoding/geocode`, headers, body };
    });
    const codes: (number | null)[] = [];
    for (let n = 0; n < REPLICAS; n += 1) codes.push(await replaced());
    const { sent, failures } = await load.stop();
    expect(failures).to.deep.equal([]);
    expect(codes).to.deep.equal([0, 0, 0, 0]);
    expect(sent).to.be.greaterThan(REPLICAS * PER_SECOND);
  });
});
