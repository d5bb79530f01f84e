import { expect } from 'chai';
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { runEntryPoint } from '../../support/service-process.ts';

/** Where `npm start` keeps what V8 has compiled, as package.json says. */
const startsFrom =
  /"start": "NODE_COMPILE_CACHE=(\S+) /.exec(readFileSync('package.json', 'utf8'))?.[1] ?? '';

describe('what the tests compile', () => {
  it('is separate from what `npm start` loads, also in the processes that the tests start', async () => {
    const { stdout } = await runEntryPoint('--print', ['process.env.NODE_COMPILE_CACHE'], {});
    expect(stdout.trim()).to.match(/^\/.*\/\.cache\//);
    expect(`${stdout.trim()}/`.startsWith(`${resolve(startsFrom)}/`)).to.equal(false);
  });

  it('goes to no folder that a test names and `npm start` loads from', () => {
    expect(startsFrom).to.match(/^\.cache\/\w+$/);
    const named = new RegExp(`\\${startsFrom}(?![\\w-])`);
    const naming = globSync('{.mocharc.json,stryker.config.json,test/**/*.{ts,cjs,json}}').filter((file) =>
      named.test(readFileSync(file, 'utf8')),
    );
    expect(naming).to.deep.equal([]);
  });
});
