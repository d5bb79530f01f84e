import { expect } from 'chai';
import fc from 'fast-check';
import { repeatedMembers } from '../../../../src/interfaces/wire/repeated-members.ts';
import { shortestOf } from '../../../support/shortest-of.ts';

const pointersIn = (json: string): readonly string[] =>
  repeatedMembers(json, JSON.parse(json)).problems.map(({ pointer }) => pointer);

describe('members that occur twice in one object', () => {
  const doubled: readonly (readonly [what: string, json: string, pointers: readonly string[]])[] = [
    ['of the body', '{"a":1,"b":2,"a":3}', ['/a']],
    ['of the body, three times', '{"a":1,"a":2,"a":3}', ['/a']],
    ['of the same value', '{ "a" : "x" ,\n "a"\t: "x" }', ['/a']],
    ['spelled with an escape', String.raw`{"a":1,"\u0061":2}`, ['/a']],
    ['of an object in a list', '{"l":[{"x":1},{"x":1,"y":[{}],"x":2}]}', ['/l/1/x']],
    ['of several objects', '{"a":{"b":1,"b":2},"c":0,"c":{"d":null,"d":1}}', ['/a/b', '/c', '/c/d']],
    ['with a name that a pointer writes otherwise', '{"a/b~c":1,"a/b~c":1}', ['/a~1b~0c']],
    ['with a quote in its name', String.raw`{"a\"":1,"\\":1,"a\"":1}`, ['/a"']],
    ['without a name', '{"":1,"":2}', ['/']],
    ['beside as many colons in a text', '{"a":"::","b":1,"b":2}', ['/b']],
    ['behind a text that looks like JSON', String.raw`{"a":"\",{\"a\":1","b":"]","b":1}`, ['/b']],
  ];
  for (const [what, json, pointers] of doubled)
    it(`are found ${what}`, () => expect(pointersIn(json)).to.deep.equal(pointers));

  it('are not reported where a name occurs once in each object', () => {
    for (const json of [
      '{}',
      '[]',
      '"a"',
      '1',
      '[{"a":1},{"a":1}]',
      '{"a":{"a":{"a":"a"}}}',
      '["a","a"]',
      '{"a":"b:c"}',
    ])
      expect(pointersIn(json), json).to.deep.equal([]);
  });

  it('are not seen in anything that JSON.stringify wrote, indented or not', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat({ max: 4 }), (value, indent) => {
        expect(pointersIn(JSON.stringify(value, undefined, indent))).to.deep.equal([]);
      }),
    );
  });

  it('are told 200 at most, however many there are', () => {
    const names = Array.from({ length: 1_000 }, (_, index) => `"n${index}":1`).join();
    const { problems, more } = repeatedMembers(`{${names},${names}}`, JSON.parse(`{${names}}`));
    expect([problems.length, more]).to.deep.equal([200, 800]);
  });

  const LEVELS = 60;
  const AT_ONCE_MS = 500;
  const deep = (members: string): string =>
    Array.from({ length: LEVELS }, (_, level) => `{"${String(level).padEnd(200, 'x')}":`).join('') +
    `{${members}}` +
    '}'.repeat(LEVELS);
  const many = (member: string): string => Array.from({ length: 40_000 }, () => member).join();
  const costly: readonly (readonly [what: string, json: string, told: number])[] = [
    ['one name that stands there over and over', deep(many('"a":1')), 1],
    ['objects that stand there over and over, each with such a name', deep(many('"b":{"a":1,"a":1}')), 2],
  ];
  // Nobody else is served meanwhile: to tell each of them took seconds of a process.
  for (const [what, json, told] of costly)
    it(`are found at once deep down, also of ${what}`, async () => {
      const value: unknown = JSON.parse(json);
      const taken = async (): Promise<number> => {
        const start = performance.now();
        const { problems, more } = repeatedMembers(json, value);
        expect([problems.length, more]).to.deep.equal([told, 0]);
        return performance.now() - start;
      };
      expect(await shortestOf(taken, AT_ONCE_MS)).to.be.below(AT_ONCE_MS);
    }).timeout(60_000);

  it('are reported together with others, where one occurs very often', () =>
    expect(pointersIn(`{${many('"a":1')},"b":1,"b":2}`)).to.deep.equal(['/a', '/b']));

  it('are reported together with others, where an object with one in it is repeated very often', () =>
    expect(pointersIn(`{${many('"b":{"a":1,"a":1}')},"c":1,"c":2}`)).to.deep.equal(['/b/a', '/b', '/c']));
});
