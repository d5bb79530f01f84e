import { createRequire } from 'node:module';

// Stryker's mocha runner 10.0.0 requires mocha's inner files without their extension, which since mocha 12 is
// .cjs. Teaching `require` that extension is all it needs; drop this file once a runner finds them by itself.
const { extensions } = createRequire(import.meta.url);
extensions['.cjs'] ??= extensions['.js'];

export const { strykerPlugins, strykerValidationSchema } = await import('@stryker-mutator/mocha-runner');
