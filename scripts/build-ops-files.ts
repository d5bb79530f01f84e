// `npm run ops-files`: writes the files of ops/ that are generated from others.
import { writeFileSync } from 'node:fs';
import { madeFiles } from './ops/made-files.ts';

for (const [path, text] of madeFiles()) writeFileSync(new URL(`../ops/${path}`, import.meta.url), text);
