import { expect } from 'chai';
import fc from 'fast-check';
import type { FieldProblem } from '../../../../src/domain/shared/field-problem.ts';
import { objectReader } from '../../../../src/domain/webhook/scheme/object-reader.ts';
import { responseJson, responseRule } from '../../../../src/domain/webhook/scheme/response-rules.ts';

describe('the answer that a webhook gives', () => {
  it('is shown as it can be read back, with the parts that were given and no other', () => {
    const part = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
    const rule = fc.record({
      status: part(fc.integer({ min: 206, max: 299 })),
      contentType: part(fc.constantFrom('text/plain', 'application/json; charset=utf-8')),
      body: part(fc.constantFrom('', 'thanks', '{"result":1}')),
    });
    fc.assert(
      fc.property(rule, (given) => {
        const problems: FieldProblem[] = [];
        const shown = responseJson(given);
        expect(responseRule(objectReader({ response: shown }, '', problems))).to.deep.equal(given);
        expect(problems).to.deep.equal([]);
        const count = Object.values(given).filter((value) => value !== undefined).length;
        expect(Object.keys(shown)).to.have.length(count);
      }),
    );
  });
});
