import { memoryFlights } from '../support/memory-flights.ts';
import { describeClusterFlights } from './cluster-flights.contract.ts';

describeClusterFlights('The plain definition in memory', async () => {
  const leaseMs = 100;
  const flights = memoryFlights(leaseMs);
  const replicas: ReturnType<typeof flights.join>[] = [];
  return {
    leaseMs,
    join: async () => {
      const replica = flights.join();
      replicas.push(replica);
      return replica;
    },
    leave: async () => replicas.forEach((replica) => replica.kill()),
  };
});
