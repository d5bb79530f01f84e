import type { ProviderAccess } from '../../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import type { Spreadsheet } from '../../../domain/provider/spreadsheet.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import { isLeft, right, type AsyncResult } from '../../../domain/shared/fp.ts';
import type { SheetsAsker } from './sheets-asker.ts';
import { foundMarks, marksGone } from './sheets-codecs.ts';
import { timeLeft } from './time-left.ts';

type Asked = { readonly spreadsheetId: string; readonly marks: readonly number[] };

/** Developer metadata of a spreadsheet with ids that we choose: Google does not allow an id to exist twice. */
export type Marks = {
  /** Which of them exist in the spreadsheet. One read. */
  readonly standing: (
    access: ProviderAccess,
    asked: Asked,
  ) => AsyncResult<ProviderError, ReadonlySet<number>>;
  readonly forget: Spreadsheet['forgetMarks'];
};

/** Its length counts: the metadata of a spreadsheet may have 30,000 characters, and each mark includes these. */
const MARK_KEY = 'is';

/** Visible to other projects, too: the account may change, and the mark must still be found. */
export const markRequest = (mark: number) => ({
  createDeveloperMetadata: {
    developerMetadata: {
      metadataId: mark,
      metadataKey: MARK_KEY,
      visibility: 'DOCUMENT',
      location: { spreadsheet: true },
    },
  },
});

const filterOf = (mark: number) => ({ developerMetadataLookup: { metadataId: mark } });

export const marks = ({ ask }: SheetsAsker, clock: Pick<Clock, 'monotonic'>): Marks => {
  const standing: Marks['standing'] = async (access, { spreadsheetId, marks: asked }) => {
    const requestBody = { dataFilters: asked.map(filterOf) };
    const answer = await ask(access, {
      kind: 'read',
      answer: foundMarks,
      call: (client, options) =>
        client.spreadsheets.developerMetadata.search({ spreadsheetId, requestBody }, options),
    });
    if (isLeft(answer)) return answer;
    const found = answer.right.matchedDeveloperMetadata ?? [];
    return right(new Set(found.map(({ developerMetadata }) => developerMetadata.metadataId)));
  };

  return {
    standing,
    // Looked up first: whether Google refuses to delete a missing one is not documented.
    forget: async (access, asked) => {
      const now = timeLeft(clock, access);
      const found = await standing(now(), asked);
      if (isLeft(found)) return found;
      if (found.right.size === 0) return right(undefined);
      const requests = [...found.right].map((mark) => ({
        deleteDeveloperMetadata: { dataFilter: filterOf(mark) },
      }));
      const answer = await ask(now(), {
        kind: 'write',
        answer: marksGone,
        call: (client, options) =>
          client.spreadsheets.batchUpdate(
            { spreadsheetId: asked.spreadsheetId, requestBody: { requests } },
            options,
          ),
      });
      return isLeft(answer) ? answer : right(undefined);
    },
  };
};
