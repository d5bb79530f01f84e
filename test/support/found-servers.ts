import { postgresRecipe } from './postgres-recipe.ts';
import { rabbitmqRecipe } from './rabbitmq-server.ts';
import { redisRecipe } from './redis-server.ts';
import { findService, type ServiceRecipe, type TestService } from './services.ts';

/** The environment variables that tell tests where the servers are. */
export type Servers = Readonly<Record<string, string>>;

export type FoundServers = {
  /** A PostgreSQL for each lane, since each has only 40 connections. The other servers are shared by all lanes. */
  readonly lanes: readonly Servers[];
  readonly stop: () => Promise<void>;
};

/** If a server cannot be provided here, the tests look for it themselves, and say what to install. */
const found = async (recipe: ServiceRecipe, started: TestService[]): Promise<Servers> => {
  try {
    const service = await findService(recipe);
    started.push(service);
    return { [recipe.variable]: service.url };
  } catch {
    return {};
  }
};

/** One after the other: some of them may be installed by apt-get, which cannot run twice at the same time. */
export const findServers = async (lanes: number): Promise<FoundServers> => {
  const started: TestService[] = [];
  const shared = { ...(await found(redisRecipe, started)), ...(await found(rabbitmqRecipe, started)) };
  const all: Servers[] = [];
  while (all.length < lanes) all.push({ ...shared, ...(await found(postgresRecipe, started)) });
  return { lanes: all, stop: async () => void (await Promise.all(started.map(({ stop }) => stop()))) };
};
