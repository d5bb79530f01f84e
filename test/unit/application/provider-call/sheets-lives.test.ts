import { expect } from 'chai';
import { cellLives } from '../../../../src/application/provider-call/operations/sheets-lives.ts';
import { writeBasics } from '../../../../src/application/provider-call/operations/spreadsheet-operation.ts';
import { anExternalService } from '../../../support/an-external-service.ts';

describe('the lives of answers about spreadsheets', () => {
  const lives = { l1Ms: 1_000, l2Ms: 2_000, negativeMs: 1_000, graceMs: 0 };
  const service = { ...anExternalService(), provider: 'google_sheets' as const };

  it('are zero for writes and for very large reads, although saving is not forbidden', () => {
    for (const none of [writeBasics.lives(), cellLives(lives, service, 2_000_001)])
      expect(none).to.deep.equal({ l1Ms: 0, freshMs: 0, graceMs: 0, mayPersist: true });
    expect(cellLives(lives, service, 2_000_000)).to.include({ freshMs: 2_000, mayPersist: true });
  });
});
