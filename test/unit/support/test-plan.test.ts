import { expect } from 'chai';
import { globSync } from 'node:fs';
import { RUN_ALONE, testPlan } from '../../support/test-plan.ts';

const files = globSync('test/**/*.test.ts').toSorted();
const { unit, beside, alone } = testPlan(files);

describe('the plan of a test run', () => {
  it('has every test file once', () => {
    const planned = [unit, ...beside, alone].flatMap((batch) => batch.files);
    expect(planned.toSorted()).to.deep.equal(files);
    expect(files.length).to.be.greaterThan(300);
  });

  it('keeps what needs no server together, and each batch of the others small', () => {
    expect(unit.files).to.include('test/unit/support/test-plan.test.ts');
    const folders = beside.flatMap((batch) => batch.files.map((file) => file.split('/')[1]));
    expect([...new Set(folders)]).to.deep.equal(['faults', 'e2e', 'integration']);
    expect(Math.max(...beside.map((batch) => batch.files.length))).to.be.at.most(6);
  });

  it('names every batch differently, and each file that runs alone is there', () => {
    const names = [unit, ...beside, alone].map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
    expect(alone.files).to.include.members([...RUN_ALONE, 'test/faults/redis-loss.test.ts']);
  });
});
