import { fileURLToPath } from 'node:url';

/**
 * What one process of the tests has compiled, hundreds of others need not. In a folder of their own: tests run more of
 * each module than a start does, and a service that loads what they compiled takes 45 MiB more.
 */
export const COMPILED_FOR_TESTS = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../.cache/v8-tests', import.meta.url)),
};
