import { setTimeout as pause } from 'node:timers/promises';
import { apiClient } from './api-client.ts';
import { keyed, valuesPath, type Appended } from './sheets-gateway.ts';

/** One row, and the idempotency key used for every attempt to append it. */
export type KeyedRow = {
  readonly key: string;
  readonly sheet: string;
  readonly row: readonly [string, number];
  /** How many copies are sent at the same time, as by a caller that lost count. */
  readonly copies: number;
};
/** The final answer to its caller. `range` is undefined where the rows are in the sheet but their place is unknown. */
export type AppendedRow = {
  readonly asked: KeyedRow;
  readonly range: string | undefined;
  readonly attempts: number;
  readonly isReplayed: boolean;
};

export type AppendingCaller = {
  readonly tenant: string;
  readonly credential: string;
  /** The address of a running replica, a different one each time. */
  readonly url: () => string;
  /** Called with every answer that was not the final one. */
  readonly onRefused: (refusal: string) => void;
  readonly onAnswered: (row: AppendedRow) => void;
};

/** Longer than the deadline sent with the request. */
const PATIENCE_MS = 6_000;
const DEADLINE_MS = 3_000;
const RETRY_MS = 200;
/** A key not answered by then counts as one whose write never ends. */
const LONGEST_MS = 120_000;

/** Appends the rows, a limited number at a time, and repeats each with its key until it is answered with 200. */
export const appendPersistently = async (
  caller: AppendingCaller,
  rows: AsyncIterator<KeyedRow, void>,
  atOnce: number,
): Promise<void> => {
  const worker = async (): Promise<void> => {
    for (let next = await rows.next(); next.done !== true; next = await rows.next()) {
      const row = next.value;
      const copies = Array.from({ length: row.copies }, async () =>
        caller.onAnswered(await untilAppended(caller, row)),
      );
      await Promise.all(copies);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
};

const untilAppended = async (caller: AppendingCaller, asked: KeyedRow): Promise<AppendedRow> => {
  const began = performance.now();
  for (let attempts = 1; ; attempts += 1) {
    const refused = await appendOnce(caller, asked);
    if (typeof refused !== 'string') return { ...refused, asked, attempts };
    if (performance.now() - began > LONGEST_MS)
      throw new Error(`${asked.key} is still refused after ${attempts} attempts: ${refused}`);
    caller.onRefused(refused);
    await pause(RETRY_MS);
  }
};

/** A string: the reason why there was no 200. */
const appendOnce = async (
  { tenant, credential, url }: AppendingCaller,
  { key, sheet, row }: KeyedRow,
): Promise<string | Pick<AppendedRow, 'range' | 'isReplayed'>> => {
  const api = apiClient({ url: url(), tenant, credential });
  const headers = { ...keyed(key), 'x-request-deadline-ms': String(DEADLINE_MS) };
  try {
    const answer = await api.ask<Appended>('POST', `${valuesPath(sheet, 'Sheet1')}/append`, {
      body: { values: [row] },
      headers,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.status !== 200) return `${answer.status} ${codeOf(answer.text)}`;
    const { updates } = answer.body.data as { readonly updates: Appended['data']['updates'] | null };
    return {
      range: updates?.updated_range,
      isReplayed: answer.headers.get('idempotency-replayed') === 'true',
    };
  } catch {
    return 'no answer';
  }
};

const codeOf = (text: string): string => /"code":"([^"]+)"/.exec(text)?.[1] ?? text;
