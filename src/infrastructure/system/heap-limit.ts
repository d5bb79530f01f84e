import { getHeapStatistics } from 'node:v8';

/** Bytes at which V8 ends the process, by what the container or the machine grants, or by what it was told. */
export const heapLimit = (): number => getHeapStatistics().heap_size_limit;
