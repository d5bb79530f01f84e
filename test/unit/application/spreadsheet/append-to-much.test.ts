import { expect } from 'chai';
import {
  anchoredAppend,
  type AppendAtEdge,
} from '../../../../src/application/spreadsheet/anchored-append.ts';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import { isLeft, left, right } from '../../../../src/domain/shared/fp.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { anAccess } from '../../../support/provider-access.ts';

/** Its columns are more than one answer may hold, or than arrives in time; these are its first hundred rows. */
const rig = (
  top: readonly (readonly string[])[] | ProviderError,
  why: 'too large' | 'too slow' = 'too large',
) => {
  const asked: string[] = [];
  const clock = fixedClock();
  const tooMuch = (timeoutMs: number): ProviderError => {
    if (why === 'too large') return { kind: 'answer-not-understood', isTooLarge: true, message: 'too much' };
    clock.advance(timeoutMs);
    return { kind: 'provider-timeout', message: 'too late' };
  };
  const append = anchoredAppend({
    clock,
    read: async ({ timeoutMs }, { ranges: [range = ''] }) => {
      asked.push(`read ${range}`);
      if (!range.endsWith('100')) return left(tooMuch(timeoutMs));
      if ('kind' in top) return left(top);
      return right({ valueRanges: [{ range, majorDimension: 'ROWS', values: top }] });
    },
    append: async ({ timeoutMs }, { range }) => {
      asked.push(`append ${range}`);
      if (timeoutMs < 1_000) return left({ kind: 'outcome-unknown', message: 'no time' });
      return right({
        update: { updatedRange: 'Log!A1', updatedRows: 1, updatedColumns: 1, updatedCells: 1 },
      });
    },
  });
  /** The requests, and the kind of the failure. */
  return async (row: readonly string[], ragged: Parameters<AppendAtEdge>[2] = {}) => {
    asked.length = 0;
    const request = { spreadsheetId: 's', range: 'Log!A:C', rows: [row], valueInputOption: 'RAW' } as const;
    const sent = await append(anAccess(), { ...request, insertDataOption: 'OVERWRITE' }, ragged);
    return [...asked, ...(isLeft(sent) ? [sent.left.kind] : [])];
  };
};
const hundred = (first: string) => Array.from({ length: 100 }, () => [first, 'b', 'c']);

describe('an append where the sheet has more content than one answer may hold', () => {
  const columns = 'read Log!A:C';
  const top = 'read Log!A1:C100';

  it('looks at the top where cells were emptied that may be others, once', async () => {
    const appended = rig(hundred('a'));
    const cells = { raggedCells: 'one' };
    expect(await appended(['x'], cells)).to.deep.equal([columns, top, 'append Log!A:A']);
    expect(await appended(['x'], cells)).to.deep.equal(['append Log!A:A']);
    expect(await appended(['x'], { raggedCells: 'another' })).to.deep.equal([columns, top, 'append Log!A:A']);
  });

  it('does so where the content cannot be read in half of its time, and otherwise has all of it', async () => {
    const appended = rig(hundred('a'), 'too slow');
    const cells = { raggedCells: 'one' };
    expect(await appended(['x'], cells)).to.deep.equal([columns, top, 'append Log!A:A']);
    expect(await appended(['x'], cells)).to.deep.equal(['append Log!A:A']);
    expect(await appended(['', 'x'])).to.deep.equal([columns, 'provider-unavailable']);
  });

  it('is refused where rows are next to an empty column, so that their table cannot be found', async () => {
    const refused = [columns, top, 'request-rejected'];
    expect(await rig(hundred(''))(['x'], { raggedCells: 'one' })).to.deep.equal(refused);
    expect(await rig(hundred(''))(['x'])).to.deep.equal([top, columns, 'request-rejected']);
  });

  it('may come again where its account has no read left to look at the top', async () => {
    const none = {
      kind: 'quota-exceeded',
      scope: 'provider',
      retryAfterMs: 1_000,
      message: 'later',
    } as const;
    for (const why of ['too large', 'too slow'] as const)
      expect(await rig(none, why)(['x'], { raggedCells: 'one' })).to.deep.equal([
        columns,
        top,
        'quota-exceeded',
      ]);
  });

  it('is refused below rows that were appended so, and where its own begin with nothing', async () => {
    const appended = rig(hundred('a'));
    expect(await appended(['x'], { raggedEdge: 'one' })).to.deep.equal([columns, 'request-rejected']);
    const both = { raggedEdge: 'one', raggedCells: 'one' };
    expect(await appended(['x'], both)).to.deep.equal([columns, 'request-rejected']);
    expect(await appended(['', 'x'])).to.deep.equal([columns, 'request-rejected']);
  });
});
