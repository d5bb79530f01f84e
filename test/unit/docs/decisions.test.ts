import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../../../docs/adr/', import.meta.url);
const pages = readdirSync(folder).filter((file) => file !== 'README.md');
const read = (file: string): readonly string[] => readFileSync(new URL(file, folder), 'utf8').split('\n');
const titleOf = (file: string): string => read(file)[0] ?? '';

/** A day of the calendar, written as ISO 8601. */
const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(text).toISOString().startsWith(text);

describe('records of decisions', () => {
  for (const file of pages) {
    it(`${file} says its number and title, a date and a status`, () => {
      const number = /^(\d{4})-[a-z0-9-]+\.md$/.exec(file)?.[1];
      expect(number, 'file name').to.not.equal(undefined);
      expect(titleOf(file)).to.match(new RegExp(`^# ${Number(number)}\\. \\S`));
      const [day = '', status = ''] = (read(file)[2] ?? '').split(' · ');
      expect(isDay(day), `the day "${day}"`).to.equal(true);
      expect(status).to.match(/^(accepted|rejected|reversed by \[\d+\]\(\d{4}-[a-z0-9-]+\.md\))$/);
    });
  }

  it('have numbers of their own', () => {
    const numbers = pages.map((file) => file.slice(0, 4));
    expect(new Set(numbers).size).to.equal(numbers.length);
  });

  it('stand in the index in their order, under their titles', () => {
    const rows = read('README.md').flatMap((line) => {
      const [, number, file, title] = /^\| \[(\d+)\]\((.+?)\)\s*\|\s*(.+?)\s*\|$/.exec(line) ?? [];
      return file === undefined ? [] : [[file, `# ${number}. ${title}`]];
    });
    expect(rows).to.deep.equal(pages.toSorted().map((file) => [file, titleOf(file)]));
  });
});
