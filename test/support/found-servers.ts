import { postgresRecipe } from './postgres-recipe.ts';
import { rabbitmqRecipe } from './rabbitmq-server.ts';
import { redisRecipe } from './redis-server.ts';
import { findService, type ServiceRecipe, type TestService } from './services.ts';

/** The variables by which tests are told of servers. */
export type Servers = Readonly<Record<string, string>>;

export type FoundServers = {
  /** A PostgreSQL of its own for each lane: it has 40 connections. The others are for all. */
  readonly lanes: readonly Servers[];
  readonly stop: () => Promise<void>;
};

/** What is not found here the tests look for themselves, and say what to install. */
const found = async (recipe: ServiceRecipe, started: TestService[]): Promise<Servers> => {
  try {
    const service = await findService(recipe);
    started.push(service);
    return { [recipe.variable]: service.url };
  } catch {
    return {};
  }
};

/** One after the other: the way to some of them may be apt-get, which bears no second one beside it. */
export const findServers = async (lanes: number): Promise<FoundServers> => {
  const started: TestService[] = [];
  const shared = { ...(await found(redisRecipe, started)), ...(await found(rabbitmqRecipe, started)) };
  const all: Servers[] = [];
  while (all.length < lanes) all.push({ ...shared, ...(await found(postgresRecipe, started)) });
  return { lanes: all, stop: async () => void (await Promise.all(started.map(({ stop }) => stop()))) };
};
