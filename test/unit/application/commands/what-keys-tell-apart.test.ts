import { expect } from 'chai';
import {
  invalidateCacheOnce,
  removeCacheEntryOnce,
} from '../../../../src/application/commands/cache-once.ts';
import { probeServiceOnce } from '../../../../src/application/commands/probe-once.ts';
import type { ReplayDelivery, StartReplay } from '../../../../src/application/commands/replay-deliveries.ts';
import {
  cancelReplayOnce,
  replayDeliveryOnce,
  startReplayOnce,
} from '../../../../src/application/commands/replays-once.ts';
import { appendOnce, clearOnce, writeOnce } from '../../../../src/application/commands/sheets-once.ts';
import { plainOptions } from '../../../../src/application/provider-call/call-options.ts';
import type { RowsToAppend } from '../../../../src/application/provider-call/operations/sheets-append-operation.ts';
import type { CellsWritten } from '../../../../src/application/provider-call/operations/sheets-write-operation.ts';
import type { InvalidationScope } from '../../../../src/domain/cache/cache-store.ts';
import { fingerprintOf } from '../../../../src/domain/idempotency/idempotency-key.ts';
import type { Json } from '../../../../src/domain/shared/json.ts';
import { a1Range } from '../../../../src/domain/spreadsheet/a1-range.ts';
import { noServices } from '../../../support/no-services.ts';

type Spec<Query> = { readonly operation: string; readonly asked: (query: Query) => Json };

const cellAt = (n: number) => a1Range('Sheet1', { column: n, row: n }, { column: n, row: n });
const [A1, B2] = [cellAt(1), cellAt(2)];
const ofRequest = <Request>({
  operation,
  asked,
}: Spec<{ readonly request: Request; readonly options: typeof plainOptions }>): Spec<Request> => ({
  operation,
  asked: (request) => asked({ request, options: plainOptions }),
});
const cells = { range: A1, majorDimension: 'ROWS', values: [['x']] } as const;
const write: CellsWritten = {
  spreadsheetId: 's-1',
  valueInputOption: 'RAW',
  data: [cells],
  formulas: false,
};
const append: RowsToAppend = {
  spreadsheetId: 's-1',
  range: A1,
  rows: [['x']],
  valueInputOption: 'RAW',
  insertDataOption: undefined,
  formulas: false,
};
const delivery: ReplayDelivery = { id: 'd-1', reason: undefined };
const purge: InvalidationScope = { serviceName: 'maps' };
const replay: StartReplay = { filter: { source: 'github' }, ratePerSecond: 10, reason: undefined };

describe('what is asked under a key', () => {
  /** A repeat with a different request must be refused, and must not get the answer to the earlier request. */
  const itTellsApart = <Query extends object>(
    what: string,
    spec: Spec<Query>,
    query: Query,
    ...changes: readonly Partial<Query>[]
  ): void => {
    it(`is another request with anything else in it: ${what}`, () => {
      const asked = [query, ...changes.map((change) => ({ ...query, ...change }))];
      const fingerprints = asked.map((one) => fingerprintOf(spec.operation, spec.asked(one)));
      expect(new Set(fingerprints).size).to.equal(asked.length);
      expect(fingerprintOf(spec.operation, spec.asked({ ...query }))).to.equal(fingerprints[0]);
    });
  };

  for (const operation of ['sheets_write', 'sheets_batch_update'] as const)
    itTellsApart(
      operation,
      ofRequest(writeOnce(operation)),
      write,
      { spreadsheetId: 's-2' },
      { valueInputOption: 'USER_ENTERED' },
      { data: [{ ...cells, range: B2 }] },
      { data: [{ ...cells, majorDimension: 'COLUMNS' }] },
      { data: [{ ...cells, values: [['y']] }] },
      { data: [cells, cells] },
    );
  itTellsApart(
    'an append',
    ofRequest(appendOnce(noServices)),
    append,
    { spreadsheetId: 's-2' },
    { range: B2 },
    { rows: [['y']] },
    { rows: [['x'], ['x']] },
    { valueInputOption: 'USER_ENTERED' },
    { insertDataOption: 'INSERT_ROWS' },
    { insertDataOption: 'OVERWRITE' },
  );
  itTellsApart(
    'a clearing',
    ofRequest(clearOnce),
    { spreadsheetId: 's-1', range: A1 },
    { spreadsheetId: 's-2' },
    { range: B2 },
  );
  itTellsApart(
    'a replay',
    startReplayOnce,
    replay,
    { filter: {} },
    { filter: { source: 'stripe' } },
    { filter: { source: 'github', from: 1 } },
    { ratePerSecond: 11 },
    { reason: 'lost' },
  );
  itTellsApart('a replay of one', replayDeliveryOnce, delivery, { id: 'd-2' }, { reason: 'lost' });
  itTellsApart('the end of a replay', cancelReplayOnce, { id: 'r-1' }, { id: 'r-2' });
  itTellsApart('a probe', probeServiceOnce, { id: 's-1' }, { id: 's-2' });
  itTellsApart('the removal of an answer', removeCacheEntryOnce, { key: 'k-1' }, { key: 'k-2' });
  itTellsApart(
    'a purge',
    invalidateCacheOnce,
    purge,
    { serviceName: 'other' },
    { operation: 'geocode' },
    { tag: 't' },
  );
});
