import { startSandbox } from '../../sandbox/sandbox.ts';
import type { SheetsFault } from '../../sandbox/sheets/sheets-faults.ts';
import { answerSizes } from '../../src/infrastructure/providers/google-sheets/answer-sizes.ts';
import { googleSheets } from '../../src/infrastructure/providers/google-sheets/google-sheets.ts';
import { providerHttp } from '../../src/infrastructure/providers/provider-http.ts';
import { outboundPolicy } from '../../src/infrastructure/security/outbound-policy.ts';
import { systemClock, systemSleep } from '../../src/infrastructure/system/system-clock.ts';
import { anAccess } from '../support/provider-access.ts';
import {
  spreadsheetContract,
  type SpreadsheetMood,
  type SpreadsheetSubject,
} from './spreadsheet.contract.ts';

const next = (mode: SheetsFault['mode'], methods?: SheetsFault['methods'], count = 1) => ({
  count,
  mode,
  ...(methods && { methods }),
});
const FAULTS: { readonly [M in SpreadsheetMood]: ReturnType<typeof next> } = {
  'expires-the-token': next('401'),
  'is-over-quota': next('429'),
  'is-down': next('503'),
  'drops-before-the-work': next('drop_before'),
  'fails-after-the-work': next('500_after'),
  'drops-after-the-work': next('drop_after'),
  'hangs-after-the-work': next('hang'),
  'answers-html': next('html'),
  'answers-half-json': next('truncated'),
  'drops-two-looks-for-marks': next('drop_before', ['developerMetadata.search'], 2),
  'drops-two-reads': next('drop_before', ['values.get'], 2),
};

const onSandbox = async (): Promise<SpreadsheetSubject> => {
  const sandbox = await startSandbox();
  const { sheets } = sandbox;
  sheets.control({ quota: null });
  // On the real clock: a call that hangs uses up its time.
  const clock = systemClock;
  const guard = outboundPolicy({ allowPrivate: true });
  const sizes = answerSizes(Number.POSITIVE_INFINITY);
  const http = providerHttp({ guard, clock, version: 'test', maxAnswerBytes: sizes.one });
  const key = sheets.serviceAccount();
  return {
    spreadsheet: googleSheets({ http, clock, sleep: systemSleep, mostAnswerBytes: sizes.all }),
    access: (change = {}) =>
      anAccess({
        apiKey: undefined,
        baseUrl: sandbox.sheetsBaseUrl,
        credentials: JSON.stringify(key),
        config: { token_url: sandbox.tokenUrl },
        ...change,
      }),
    create: async (content, sharing = 'shared', hidden = []) =>
      sheets.addSpreadsheet({
        sheets: Object.entries(content).map(([title, values]) => ({
          title,
          values,
          hidden: hidden.includes(title),
        })),
        shared_with: sharing === 'not-shared' ? [] : [key.client_email],
        kind: sharing === 'office-file' ? 'office' : 'spreadsheet',
      }),
    rows: (id, title) => sheets.rows(id, title, 'UNFORMATTED_VALUE'),
    put: (mood) => sheets.control({ fail_next: FAULTS[mood] }),
    calls: () => {
      const { calls } = sheets.state().counters;
      return Object.values(calls).reduce((sum, count) => sum + count, 0) - calls.token;
    },
    email: key.client_email,
    close: async () => {
      http.close();
      await sandbox.stop();
    },
  };
};

spreadsheetContract('Google Sheets', onSandbox);
