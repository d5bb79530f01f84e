import { expect } from 'chai';
import { Container, type ServiceIdentifier } from 'inversify';
import { namedParts } from '../../../../src/infrastructure/container/named-parts.ts';

describe('namedParts', () => {
  it('gives each part under its own name, though two are of one type', () => {
    const identifier = (name: string): ServiceIdentifier<string> => Symbol(name);
    const [night, day, both] = [identifier('night'), identifier('day'), identifier('both')];
    const container = new Container();
    container.bind(day).toConstantValue('sun');
    container.bind(night).toConstantValue('moon');
    const parts = namedParts({ night, day });
    container
      .bind(both)
      .toResolvedValue((...values: unknown[]) => JSON.stringify(parts.from(values)), parts.ids);
    expect(container.get(both)).to.equal('{"night":"moon","day":"sun"}');
  });
});
