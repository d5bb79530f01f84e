import { getHeapStatistics } from 'node:v8';

/**
 * The size of the heap in bytes at which V8 ends the process, from the memory of container or machine, or from its
 * flags.
 */
export const heapLimit = (): number => getHeapStatistics().heap_size_limit;
