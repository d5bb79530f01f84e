import { expect } from 'chai';
import fc from 'fast-check';
import { addedLatencies, addressKey, keyAskedFor } from '../../../bench/load/added-latency.ts';
import { addressAt } from '../../../bench/load/requests.ts';

const askedFor = (address: string, ms: number) => ({
  path: `/maps/api/geocode/json?${new URLSearchParams({ address, key: 'k' }).toString()}`,
  ms,
});

describe('the key of an address', () => {
  it('is one for spellings that differ in case, spaces, punctuation and form of the letters', () => {
    const key = addressKey('Tashkent, babado Street, 17');
    for (const spelling of [
      'tashkent babado  street 17',
      ' TASHKENT,babado street;17. ',
      'Tashkent，babado street 17',
    ])
      expect(addressKey(spelling), spelling).to.equal(key);
  });

  it('is another for each number of the load', () => {
    const numbers = Array.from({ length: 10_000 }, (_, number) => number * 7);
    expect(new Set(numbers.map((number) => addressKey(addressAt(number)))).size).to.equal(numbers.length);
  });

  it('is read from the query of a request however it is encoded, and is missing where no address is asked for', () => {
    const key = addressKey('Ташкент, Навои 1');
    for (const query of ['address=%D0%A2ашкент,+Навои+1', 'key=k&address=Ташкент%2C%20Навои%201'])
      expect(keyAskedFor(`/maps/api/geocode/json?${query}`), query).to.equal(key);
    expect(keyAskedFor('/maps/api/geocode/json')).to.equal(undefined);
  });
});

describe('added latencies', () => {
  it('are what each request took beyond the time that the provider held it, in the order of the requests', () => {
    const own = [
      { address: 'A Street, 1', ms: 25 },
      { address: 'A Street, 2', ms: 30.5 },
    ];
    expect(addedLatencies(own, [askedFor('a street 2', 21), askedFor('A Street, 1', 24)])).to.deep.equal([
      1, 9.5,
    ]);
  });

  it('do not depend on how long the provider held any request, if the client saw all of it', () => {
    const request = fc.record({ held: fc.integer({ min: 0, max: 1000 }), added: fc.integer({ max: 1000 }) });
    fc.assert(
      fc.property(fc.array(request), (requests) => {
        const own = requests.map(({ held, added }, at) => ({ address: addressAt(at), ms: held + added }));
        const held = requests.map((one, at) => askedFor(addressAt(at), one.held)).toReversed();
        expect(addedLatencies(own, held)).to.deep.equal(requests.map(({ added }) => added));
      }),
    );
  });

  it('take no notice of what else the provider was asked', () => {
    const held = [askedFor('B', 20), { path: '/maps/api/geocode/json', ms: 1 }, askedFor('A', 20)];
    expect(addedLatencies([{ address: 'A', ms: 22 }], held)).to.deep.equal([2]);
  });

  it('are refused when the provider was not asked for one, or more than once', () => {
    const own = [{ address: 'A', ms: 22 }];
    expect(() => addedLatencies(own, [askedFor('B', 20)])).to.throw('the provider was not asked for "A"');
    expect(() => addedLatencies(own, [askedFor('A', 20), askedFor('a', 20)])).to.throw(
      'asked 2 times for "A"',
    );
  });
});
