import { expect } from 'chai';
import { newLedger } from '../../../../src/application/provider-call/call-ledger.ts';
import type { Call } from '../../../../src/application/provider-call/call.ts';
import type { Operation } from '../../../../src/application/provider-call/operation.ts';
import { withCallMetrics } from '../../../../src/application/provider-call/stages/with-call-metrics.ts';
import type { AppendedRows } from '../../../../src/application/spreadsheet/append-parts.ts';
import { appendLanes } from '../../../../src/application/spreadsheet/append-lanes.ts';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import { right } from '../../../../src/domain/shared/fp.ts';
import { MemorySpreadsheetWriters } from '../../../../src/infrastructure/memory/memory-spreadsheet-writers.ts';
import { anExternalService } from '../../../support/an-external-service.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { freeCalls } from '../../../support/free-calls.ts';
import { aLaneAppend } from '../../../support/lane-append.ts';
import { anAccess } from '../../../support/provider-access.ts';
import { racingSheet } from '../../../support/racing-sheet.ts';
import { silentTelemetry } from '../../../support/silent-telemetry.ts';

const service = anExternalService({ costPerCall: { micros: 300, currency: 'USD' } });
const operation = { name: 'sheets_append', writes: 'once', paysWhenItLeaves: true } as Operation<
  string,
  AppendedRows
>;

/** Callers of one lane whose calls take five seconds, and what their answers and the metrics report. */
const counted = () => {
  const clock = fixedClock();
  const sheet = racingSheet(clock.sleep, () => 5_000);
  const lanes = appendLanes({
    spreadsheet: sheet,
    writers: new MemorySpreadsheetWriters(clock),
    sweep: async () => undefined,
    clock,
    sleep: clock.sleep,
  });
  const told: string[] = [];
  const charged: number[] = [];
  const telemetry = {
    ...silentTelemetry,
    providerCalled: ({ outcome }: { readonly outcome: string }) => void told.push(outcome),
    providerCharged: ({ cost }: { readonly cost: { readonly micros: number } }) =>
      void charged.push(cost.micros),
  };
  const inRows: number[] = [];
  const metrics = withCallMetrics({ telemetry, clock, limiter: { addCost: () => undefined } });
  const append = async (text: string, timeoutMs: number): Promise<string> => {
    const ledger = newLedger(text);
    const pay = async () => {
      ledger.requestsPaid += 1;
      return right(undefined);
    };
    const quota = {
      ...freeCalls,
      payCaller: (withCall: boolean) => (withCall ? pay() : freeCalls.payCaller(false)),
      payCall: pay,
      standFor: () => void (ledger.requestsPaid += 1),
      tellOf: () => void (ledger.requestsTold += 1),
    };
    const call = { ledger, request: text, signal: undefined } as unknown as Call<string>;
    const ask = () => lanes.append(anAccess({ timeoutMs }), aLaneAppend(text, { quota }));
    const result = await metrics(operation, ask)(call, service);
    inRows.push(ledger.costMicros);
    return result._tag;
  };
  return { clock, sheet, append, told, charged, inRows };
};

describe('a call of many appends whose payer could not wait for its end', () => {
  it('is counted once when it was answered, and charged as in the row of who paid', async () => {
    const { clock, append, told, charged, inRows } = counted();
    const all = Promise.all([
      append('in a hurry', 1_000),
      append('patient', 9_000),
      append('patient, too', 9_000),
    ]);
    await clock.run(10_000);
    expect(await all).to.deep.equal(['Left', 'Right', 'Right']);
    expect(inRows).to.deep.equal([300, 0, 0]);
    expect([told, charged]).to.deep.equal([['ok'], [300]]);
  });

  it('is counted once when it failed, and charged as in the row of who paid', async () => {
    const { clock, sheet, append, told, charged, inRows } = counted();
    const error: ProviderError = { kind: 'provider-unavailable', message: 'it said 503' };
    sheet.faults.push({ error, isWritten: false });
    const all = Promise.all([
      append('in a hurry', 1_000),
      append('patient', 9_000),
      append('patient, too', 9_000),
    ]);
    await clock.run(10_000);
    expect(await all).to.deep.equal(['Left', 'Left', 'Left']);
    expect(inRows).to.deep.equal([300, 0, 0]);
    expect([told, charged]).to.deep.equal([['provider-unavailable'], [300]]);
  });

  it('is counted once when nobody could', async () => {
    const { clock, append, told, charged, inRows } = counted();
    const all = Promise.all([append('in a hurry', 1_000), append('in less of one', 2_000)]);
    await clock.run(10_000);
    expect(await all).to.deep.equal(['Left', 'Left']);
    expect(inRows).to.deep.equal([300, 0]);
    expect([told, charged]).to.deep.equal([['outcome-unknown'], [300]]);
  });
});
