import { expect } from 'chai';
import {
  DAY_MS,
  missingDays,
  outlivedPartitions,
  type DayPartition,
} from '../../../../src/infrastructure/postgres/partitions/daily-partition-plan.ts';

const utc = (text: string): number => Date.parse(`${text}Z`);
const partition = (name: string, from: string, to: string): DayPartition => ({
  name,
  from: utc(`${from}T00:00:00`),
  to: utc(`${to}T00:00:00`),
});
const names = (days: readonly { readonly name: string }[]): readonly string[] => days.map(({ name }) => name);

describe('the plan of log partitions', () => {
  it('plans today and three days ahead, by the calendar of UTC', () => {
    const days = missingDays(utc('2027-02-27T23:59:59.999'), []);
    expect(names(days)).to.deep.equal([
      'integration_logs_20270227',
      'integration_logs_20270228',
      'integration_logs_20270301',
      'integration_logs_20270302',
    ]);
    for (const { from, to } of days) expect([from % DAY_MS, to - from]).to.deep.equal([0, DAY_MS]);
  });

  it('plans the fourth day from midnight on', () => {
    const existing = missingDays(utc('2027-02-27T23:59:59.999'), []);
    expect(missingDays(utc('2027-02-27T23:59:59.999'), existing)).to.deep.equal([]);
    expect(names(missingDays(utc('2027-02-28T00:00:00'), existing))).to.deep.equal([
      'integration_logs_20270303',
    ]);
  });

  it('leaves days alone that a partition made by hand already touches', () => {
    const byHand = [
      partition('logs_to_march', '2027-02-01', '2027-03-01'),
      { name: 'later', from: utc('2027-03-02T12:00:00'), to: undefined },
    ];
    expect(names(missingDays(utc('2027-02-27T08:00:00'), byHand))).to.deep.equal([
      'integration_logs_20270301',
    ]);
  });

  it('drops partitions that end before the retention time, not the one that contains it', () => {
    const partitions = [
      { name: 'old', from: undefined, to: utc('2027-02-25T00:00:00') },
      partition('borderline', '2027-02-25', '2027-02-26'),
      partition('current', '2027-02-26', '2027-02-27'),
      { name: 'open', from: utc('2027-02-27T00:00:00'), to: undefined },
    ];
    expect(names(outlivedPartitions(utc('2027-02-26T00:00:00'), partitions))).to.deep.equal([
      'old',
      'borderline',
    ]);
    expect(names(outlivedPartitions(utc('2027-02-25T23:59:59'), partitions))).to.deep.equal(['old']);
  });
});
