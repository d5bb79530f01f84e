import { createRequire } from 'node:module';

// Stryker's mocha runner 10.0.0 requires mocha's internal files without an extension, which is .cjs since mocha 12.
// Registering that extension with `require` is enough; delete this file once a runner finds them by itself.
const { extensions } = createRequire(import.meta.url);
extensions['.cjs'] ??= extensions['.js'];

export const { strykerPlugins, strykerValidationSchema } = await import('@stryker-mutator/mocha-runner');
