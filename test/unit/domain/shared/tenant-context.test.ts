import { expect } from 'chai';
import { left, right } from '../../../../src/domain/shared/fp.ts';
import { tenantId } from '../../../../src/domain/shared/tenant-context.ts';

describe('tenant id', () => {
  const ids = [
    'a',
    '7',
    'uk_company_1',
    'Acme.Housing-2',
    '01a3f6c2-7a10-7cc3-8f6e-3b6f4a3c9d11',
    'x'.repeat(64),
  ];
  for (const id of ids) it(`takes ${id}`, () => expect(tenantId(id)).to.deep.equal(right(id)));

  const refused: readonly (readonly [string, string])[] = [
    ['nothing', ''],
    ['65 characters', 'x'.repeat(65)],
    ['a first character that is no letter or digit', '.a'],
    ['a colon, which divides cache keys', 'a:geocode'],
    ['a slash', '../a'],
    ['a space before it', ' a'],
    ['a line end behind it', 'a\n'],
    ['a header in the middle', 'a\r\nx-tenant: b'],
    ['letters outside ASCII', 'компания'],
  ];
  for (const [name, text] of refused)
    it(`refuses ${name}`, () => expect(tenantId(text)).to.deep.equal(left({ kind: 'tenant-id-malformed' })));
});
