/** Test files for one run of mocha. */
export type Batch = { readonly name: string; readonly files: readonly string[] };

export type TestPlan = {
  /** Needs no server. */
  readonly unit: Batch;
  /** One after the other in each lane, whichever is free. */
  readonly beside: readonly Batch[];
  /** When nothing else runs. */
  readonly alone: Batch;
};

/** Enough that finding its servers and loading the code hardly count, few enough that the lanes end together. */
const FILES_IN_A_BATCH = 6;

const needsNoServer = (file: string): boolean => /^test\/(unit|contract|architecture)\//.test(file);

/**
 * What they hold somebody to is an upper bound of time, which another test on the same machine could use up. Files
 * that only wait for long are not among them.
 */
export const RUN_ALONE: readonly string[] = [
  'test/e2e/distances-and-batches.test.ts',
  'test/integration/postgres/database-watch.test.ts',
  'test/integration/postgres/replays.test.ts',
];

/** Of the faults, which strike under a load that both cores may be needed for, the one that mostly waits. */
const BESIDE = 'test/faults/quota-of-replicas.test.ts';

const runsAlone = (file: string): boolean =>
  RUN_ALONE.includes(file) || (file.startsWith('test/faults/') && file !== BESIDE);

/** First, since they take longest: what begins last should be short, or one lane waits for the other. */
const LONGEST_FIRST = ['faults', 'e2e', 'integration/rabbitmq', 'integration/redis', 'integration'];

const inBatches = (folder: string, files: readonly string[]): readonly Batch[] =>
  Array.from({ length: Math.ceil(files.length / FILES_IN_A_BATCH) }, (_, n) => ({
    name: `${folder} ${n + 1}`,
    files: files.slice(n * FILES_IN_A_BATCH, (n + 1) * FILES_IN_A_BATCH),
  }));

const folderOf = (file: string): string | undefined =>
  LONGEST_FIRST.find((folder) => file.startsWith(`test/${folder}/`));

/** Each file once. */
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
