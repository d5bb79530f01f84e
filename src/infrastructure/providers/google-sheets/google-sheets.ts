import type { Spreadsheet } from '../../../domain/provider/spreadsheet.ts';
import type { Clock, Sleep } from '../../../domain/shared/clock.ts';
import { isLeft, right } from '../../../domain/shared/fp.ts';
import type { ProviderHttp } from '../provider-http.ts';
import { answerBudget } from '../answer-budget.ts';
import { accountTokens } from './account-tokens.ts';
import { cellReads } from './cell-reads.ts';
import { cellWrites } from './cell-writes.ts';
import { markedAppend } from './marked-append.ts';
import { markedBatch } from './marked-batch.ts';
import { marks } from './marks.ts';
import { namedRanges } from './named-ranges.ts';
import { persistentAsker } from './persistent-asker.ts';
import { rowFinder } from './row-finder.ts';
import { accountFor, withDefaultCredentials, type DefaultCredentials } from './service-accounts.ts';
import { sheetPlaces } from './sheet-places.ts';
import { askerBeside, sheetsAsker, type SheetsAsker } from './sheets-asker.ts';

type Deps = {
  /** With room for the largest answer. */
  readonly http: ProviderHttp;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly defaultCredentials?: DefaultCredentials | undefined;
  /** For all answers under way in this process. */
  readonly mostAnswerBytes: number;
};

/** Google Sheets API v4 through Google's own client library, over this service's guarded connections. */
export const googleSheets = (deps: Deps): Spreadsheet => {
  const { http, clock, sleep, defaultCredentials } = deps;
  const budget = answerBudget(deps.mostAnswerBytes);
  const tokens = accountTokens({ http, clock });
  const asker = withDefault(sheetsAsker({ http, clock, tokens, budget }), defaultCredentials);
  const counted = askerBeside(asker, clock);
  const beside = persistentAsker({ asker: counted, clock, sleep });
  const marking = marks(beside, clock);
  // Looked up before anything is sent: after a failure the caller may try again.
  const places = sheetPlaces({
    reads: cellReads(counted, counted, clock),
    named: namedRanges(counted),
    clock,
  });
  const finder = rowFinder(cellReads(beside, beside, clock));

  return {
    ...cellReads(asker, counted, clock),
    ...cellWrites(asker),
    prepare: asker.prepare,
    appendMarked: markedAppend({
      clock,
      sleep,
      marks: marking,
      places,
      finder,
      send: markedBatch({ asker, places, finder, clock }),
      sendAgain: markedBatch({ asker: beside, places, finder, clock }),
    }),
    // Nobody waits for it except those whose turn comes after it.
    forgetMarks: marks(counted, clock).forget,

    probe: async (access) => {
      const own = withDefaultCredentials(access, defaultCredentials);
      const account = accountFor(own);
      if (isLeft(account)) return account;
      const token = await tokens.freshToken(own, account.right);
      return isLeft(token) ? token : right({ reachable: true });
    },
    // It requests a token, which costs nothing; a read would count against the quota, and no spreadsheet is known here.
    probeIsFree: true,
  };
};

const withDefault = (
  { prepare, ask }: SheetsAsker,
  standard: DefaultCredentials | undefined,
): SheetsAsker => ({
  prepare: (access) => prepare(withDefaultCredentials(access, standard)),
  ask: (access, question) => ask(withDefaultCredentials(access, standard), question),
});
