import * as t from 'io-ts';
import type { ProviderAccess } from '../../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import { map, type AsyncResult } from '../../../domain/shared/fp.ts';
import { titleKey } from '../../../domain/spreadsheet/sheet-title.ts';
import type { SheetsAsker } from './sheets-asker.ts';
import { noError } from './sheets-codecs.ts';

/** Where a named range begins; the column counts from 0. */
export type NamedPlace = { readonly sheetId: number; readonly firstColumn: number };

/** Undefined if no range has this name. One read. */
export type NamedRanges = (
  access: ProviderAccess,
  asked: { readonly spreadsheetId: string; readonly name: string },
) => AsyncResult<ProviderError, NamedPlace | undefined>;

const FIELDS = 'namedRanges(name,range(sheetId,startColumnIndex))';

/** Zeros are left out, as always in JSON made from protocol buffers. */
const answer = noError(
  t.partial({
    namedRanges: t.array(
      t.type({ name: t.string, range: t.partial({ sheetId: t.number, startColumnIndex: t.number }) }),
    ),
  }),
);

export const namedRanges =
  ({ ask }: SheetsAsker): NamedRanges =>
  async (access, { spreadsheetId, name }) => {
    const params = { spreadsheetId, includeGridData: false, fields: FIELDS };
    const answered = await ask(access, {
      kind: 'read',
      answer,
      call: (client, options) => client.spreadsheets.get(params, options),
    });
    return map(({ namedRanges: all = [] }: t.TypeOf<typeof answer>) => {
      const found = all.find((one) => titleKey(one.name) === titleKey(name))?.range;
      return found && { sheetId: found.sheetId ?? 0, firstColumn: found.startColumnIndex ?? 0 };
    })(answered);
  };
