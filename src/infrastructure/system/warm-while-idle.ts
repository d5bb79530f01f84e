import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 keep what it has learnt while there is little to do. Eight seconds after a collection of the whole heap it
 * would collect twice more, to need less memory: such a collection shrinks the young generation and lets go of the
 * shapes of objects that no request under way has at that moment, and with them of the code made for them, which the
 * next requests run without until it has been made anew. 200 uncached requests a second took 65 to 79 % of a core
 * after it and 46 to 51 % without, 50 took 31 and 19, and of what is added to the provider's time p95 was 40 to 57 ms
 * in most runs and 7 to 10 without.
 *
 * An idle process stays as large as its last load made it, therefore; V8 sizes its generations by the memory that the
 * container grants.
 */
export const stayWarmWhileIdle = (): void => setFlagsFromString('--memory-reducer-gc-count=0');
