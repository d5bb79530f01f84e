import { fileURLToPath } from 'node:url';

/**
 * A compile cache shared by the hundreds of processes that the tests start. It has a folder of its own: tests run more
 * of each module than a start does, and a service that loads what they compiled needs 45 MiB more.
 */
export const COMPILED_FOR_TESTS = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../.cache/v8-tests', import.meta.url)),
};
