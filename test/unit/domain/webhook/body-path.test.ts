import { expect } from 'chai';
import { pathSteps, textOf, valueAt } from '../../../../src/domain/webhook/scheme/body-path.ts';

const body = {
  data: { object: { id: 'in_1' }, 'a.b': { 'c/d~e': 'odd' }, none: null },
  items: [{ id: 1 }, { id: 2 }],
  'form[0]': 'x',
  '@type': 'y',
};

describe('a path into a body', () => {
  for (const [path, value] of [
    ['data.object.id', 'in_1'],
    ['$.data.object.id', 'in_1'],
    ['items.1.id', 2],
    ['/data/object/id', 'in_1'],
    ['/data/a.b/c~1d~0e', 'odd'],
    ['data.none', null],
    ['/form[0]', 'x'],
    ['@type', 'y'],
  ] as const)
    it(`${path} leads to ${JSON.stringify(value)}`, () => expect(valueAt(body, path)).to.equal(value));

  for (const path of [
    'data.none.id',
    'data.object.id.length',
    'items.length',
    'items.01',
    'nobody.id',
    '__proto__',
  ])
    it(`${path} leads nowhere`, () => expect(valueAt(body, path)).to.equal(undefined));

  for (const path of ['', '.', 'a..b', 'a.', '/a/', '$.', 'a/'])
    it(`may not be ${JSON.stringify(path)}`, () => {
      const isOneName = path === 'a/';
      expect(pathSteps(path)).to.deep.equal(isOneName ? ['a/'] : undefined);
      expect(valueAt({ a: 1 }, path)).to.equal(undefined);
    });

  for (const path of ['$', 'form[0]', 'items.*.id', "data['a.b']", '$.items[?(@.id)]', '/a~', '/a~2b'])
    it(`may not be ${path}, in a path language that is not supported here`, () => {
      expect(pathSteps(path)).to.equal(undefined);
      expect(valueAt(body, path)).to.equal(undefined);
    });

  it('has sixteen steps and 255 characters at most', () => {
    const steps = (count: number): string => Array.from({ length: count }, () => 'a').join('.');
    expect(pathSteps(steps(16))).to.have.length(16);
    expect(pathSteps(steps(17))).to.equal(undefined);
    expect(pathSteps('x'.repeat(255))).to.have.length(1);
    expect(pathSteps('x'.repeat(256))).to.equal(undefined);
  });
});

describe('what is found in a body', () => {
  it('is a text, a flag or a whole number that has kept its digits', () => {
    expect(['in_1', '', true, false, 0, -7, 2 ** 53 - 1].map(textOf)).to.deep.equal([
      'in_1',
      '',
      'true',
      'false',
      '0',
      '-7',
      '9007199254740991',
    ]);
  });

  it('is no text otherwise', () => {
    const others = [undefined, null, 1.5, 2 ** 53, Number.NaN, {}, [], ['x']];
    expect(others.map(textOf)).to.deep.equal(others.map(() => undefined));
  });
});
