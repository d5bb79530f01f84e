import * as t from 'io-ts';
import type { ExternalServiceReader } from '../../domain/external-service/external-service-repository.ts';
import { planFor } from '../../domain/external-service/plan-for.ts';
import { fingerprintA1 } from '../../domain/spreadsheet/format-a1.ts';
import type { CallError, ProviderErrorKind } from '../../domain/provider/provider-error.ts';
import type { ClearAnswer, WriteAnswer } from '../../domain/provider/spreadsheet.ts';
import { map } from '../../domain/shared/fp.ts';
import { throughJson, type Json } from '../../domain/shared/json.ts';
import type { OnceSpec } from '../once-only.ts';
import { answeredCodec } from '../provider-call/answered-codec.ts';
import { mayHaveWritten } from '../provider-call/may-have-written.ts';
import type { Answered, Asked, FailedCall } from '../provider-call/complete-operation.ts';
import { canBeMarked, type RowsToAppend } from '../provider-call/operations/sheets-append-operation.ts';
import type { CellsCleared } from '../provider-call/operations/sheets-clear-operation.ts';
import type { CellsWritten } from '../provider-call/operations/sheets-write-operation.ts';
import { namesOf } from '../spreadsheet/spreadsheet-of-plan.ts';
import { markPlaceOf } from '../spreadsheet/sweep-marks.ts';
import type { AppendedRows } from '../spreadsheet/append-parts.ts';

type Spec<Req, Res> = OnceSpec<Asked<Req>, Answered<Res>, FailedCall>;

const update = t.type({
  updatedRange: t.string,
  updatedRows: t.number,
  updatedColumns: t.number,
  updatedCells: t.number,
});
const written = t.type({ updates: t.readonlyArray(update) });
const appended = t.partial({ tableRange: t.string, update });
const cleared = t.type({ clearedRanges: t.readonlyArray(t.string) });

const codecOf = <Kept, Res extends object>(kept: t.Type<Kept, unknown>, answer: (read: Kept) => Res) =>
  answeredCodec<Res>(throughJson, (stored) => map(answer)(kept.decode(stored)));

const mayStand = ({ error }: FailedCall): boolean => mayHaveWritten(error);

/** Errors that make a sender, at least one on the bus, regard its write as finished. After all others it retries. */
const ENDS: ReadonlySet<ProviderErrorKind> = new Set([
  'request-rejected',
  'resource-not-found',
  'credentials-rejected',
  'not-supported',
]);

const refusalIn = (error: CallError): string | undefined => {
  if (error.kind === 'no-provider') return error.message;
  if (error.kind !== 'call-failed' || !ENDS.has(error.error.kind)) return undefined;
  const isUnwritten = error.error.kind === 'request-rejected' && error.error.isUnwritten === true;
  return isUnwritten ? undefined : error.error.message;
};

/**
 * A takeover that is refused does not know whether an earlier try has written, unless somebody looked:
 * `outcome-unknown`.
 */
const inDoubt = (failure: FailedCall): FailedCall => {
  const refusal = refusalIn(failure.error);
  if (refusal === undefined) return failure;
  const message = `an earlier try under this key may have written; this one was refused: ${refusal}`;
  const { attempts } = failure.report;
  return {
    ...failure,
    error: { kind: 'call-failed', error: { kind: 'outcome-unknown', message }, attempts },
  };
};

export const writeOnce = (
  operation: 'sheets_write' | 'sheets_batch_update',
): Spec<CellsWritten, WriteAnswer> => ({
  operation,
  asked: ({ request: { spreadsheetId, valueInputOption, data } }) => ({
    spreadsheetId,
    valueInputOption,
    data: data.map(({ range, majorDimension, values }) => ({
      range: fingerprintA1(range),
      majorDimension,
      values: values as Json,
    })),
  }),
  codec: codecOf(written, (read): WriteAnswer => read),
  mayHaveWritten: mayStand,
  inDoubt,
});

/**
 * The place of the mark if the first service of the plan does the write. Only after its failure another service could
 * write, whose place may be at another origin.
 */
const firstPlace =
  (services: ExternalServiceReader): Required<Spec<RowsToAppend, AppendedRows>>['markPlace'] =>
  async ({ tenantId }, { request }) => {
    if (!canBeMarked(request)) return undefined;
    const plan = planFor(await services.activeOf(tenantId, 'spreadsheet'));
    const [first = request.spreadsheetId] = namesOf({ ...plan, spreadsheetId: request.spreadsheetId });
    return markPlaceOf(first);
  };

export const appendOnce = (services: ExternalServiceReader): Spec<RowsToAppend, AppendedRows> => ({
  operation: 'sheets_append',
  asked: ({ request: { spreadsheetId, range, rows, valueInputOption, insertDataOption } }) => ({
    spreadsheetId,
    range: fingerprintA1(range),
    rows: rows as Json,
    valueInputOption,
    insertDataOption: insertDataOption ?? null,
  }),
  codec: codecOf(appended, ({ tableRange, update: range }): AppendedRows => ({
    ...(tableRange !== undefined && { tableRange }),
    update: range,
  })),
  markPlace: firstPlace(services),
  mayComeAgain: ({ value }) => value.mayComeAgain === true,
  mayHaveWritten: mayStand,
  // For an append without a mark, the key records whether its rows were about to be sent.
  inDoubt: (failure, { request }, { maybeSent }) =>
    canBeMarked(request) || maybeSent ? inDoubt(failure) : failure,
});

export const clearOnce: Spec<CellsCleared, ClearAnswer> = {
  operation: 'sheets_clear',
  asked: ({ request: { spreadsheetId, range } }) => ({ spreadsheetId, range: fingerprintA1(range) }),
  codec: codecOf(cleared, (read): ClearAnswer => read),
  mayHaveWritten: mayStand,
  inDoubt,
};
