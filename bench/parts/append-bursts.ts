import { setTimeout as pause } from 'node:timers/promises';
import type { Service } from '../rig/service.ts';
import type { SheetsSandbox } from '../rig/sheets-sandbox.ts';

export type Burst = {
  readonly seconds: number;
  readonly writes: number;
  readonly mostInAMinute: number;
  /** Refused by the provider, for its quota. */
  readonly refused: number;
};
type Wish = { readonly appends: number; readonly spreadsheets: number; readonly isKeyed: boolean };

/** The longest deadline that the service can be configured with. */
export const BURST_DEADLINE_MS = 120_000;

/**
 * Many concurrent appends of one row, with an account that has not written yet. Every row must be in the sheet exactly
 * once.
 */
export const appendBurst = async (
  { port, headers }: Service,
  sandbox: SheetsSandbox,
  { appends, spreadsheets, isKeyed }: Wish,
): Promise<Burst> => {
  const email = await sandbox.useFreshAccount();
  const ids = await Promise.all(Array.from({ length: spreadsheets }, () => sandbox.addSpreadsheet([])));
  const append = async (n: number): Promise<void> => {
    const path = `/sheets/${ids[n % spreadsheets]}/values/Sheet1/append`;
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers: {
          ...headers,
          'Content-Type': 'application/json',
          'X-Request-Deadline-Ms': String(BURST_DEADLINE_MS),
          ...(isKeyed && { 'Idempotency-Key': `burst-${n}` }),
        },
        body: JSON.stringify({ values: [[n]] }),
      });
      const text = await answer.text();
      if (answer.status === 200) return;
      // Nothing was written: the caller retries when it is told to, and the burst takes that much longer.
      if (answer.status !== 429 && answer.status !== 503)
        throw new Error(`not appended: ${answer.status} ${text}`);
      await pause(Number(answer.headers.get('retry-after') ?? 1) * 1_000);
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: appends }, (_, n) => append(n)));
  const seconds = (performance.now() - started) / 1000;
  const rows = (await Promise.all(ids.map((id) => sandbox.rowsOf(id)))).flat(2);
  if (rows.length !== appends || new Set(rows).size !== appends)
    throw new Error(`${rows.length} rows stand there for ${appends} appends`);
  return { seconds, ...(await sandbox.countersOf(email)) };
};
