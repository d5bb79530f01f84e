/** Test files for one run of mocha. */
export type Batch = { readonly name: string; readonly files: readonly string[] };

export type TestPlan = {
  /** Files that need no server. */
  readonly unit: Batch;
  /** Run one after the other in each lane, by whichever lane is free. */
  readonly beside: readonly Batch[];
  /** Run while nothing else runs. */
  readonly alone: Batch;
};

/**
 * Enough that starting servers and loading the code hardly matter, few enough that the lanes end at about the same
 * time.
 */
const FILES_IN_A_BATCH = 6;

const needsNoServer = (file: string): boolean => /^test\/(unit|contract|architecture)\//.test(file);

/**
 * Tests that check an upper bound of time, which another test on the same machine could exceed for them. Files that
 * merely wait for a long time are not among them.
 */
export const RUN_ALONE: readonly string[] = [
  'test/e2e/distances-and-batches.test.ts',
  'test/integration/postgres/database-watch.test.ts',
  'test/integration/postgres/replays.test.ts',
];

/** Most fault tests may need both cores for their load; this one mostly waits, so it can run beside others. */
const BESIDE = 'test/faults/quota-of-replicas.test.ts';

const runsAlone = (file: string): boolean =>
  RUN_ALONE.includes(file) || (file.startsWith('test/faults/') && file !== BESIDE);

/** The slowest first: what starts last should be short, or one lane waits for the other. */
const LONGEST_FIRST = ['faults', 'e2e', 'integration/rabbitmq', 'integration/redis', 'integration'];

const inBatches = (folder: string, files: readonly string[]): readonly Batch[] =>
  Array.from({ length: Math.ceil(files.length / FILES_IN_A_BATCH) }, (_, n) => ({
    name: `${folder} ${n + 1}`,
    files: files.slice(n * FILES_IN_A_BATCH, (n + 1) * FILES_IN_A_BATCH),
  }));

const folderOf = (file: string): string | undefined =>
  LONGEST_FIRST.find((folder) => file.startsWith(`test/${folder}/`));

/** Each file is in exactly one batch. */
export const testPlan = (files: readonly string[]): TestPlan => {
  const others = files.filter((file) => !needsNoServer(file) && !runsAlone(file));
  return {
    unit: { name: 'unit', files: files.filter(needsNoServer) },
    beside: LONGEST_FIRST.flatMap((folder) =>
      inBatches(
        folder,
        others.filter((file) => folderOf(file) === folder),
      ),
    ),
    alone: { name: 'alone', files: files.filter(runsAlone) },
  };
};
