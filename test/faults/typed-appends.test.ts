import { expect } from 'chai';
import { setTimeout as pause } from 'node:timers/promises';
import type { ApiClient, Answer } from '../support/api-client.ts';
import { startReplicas, type Replicas } from '../support/replicas.ts';
import { until } from '../support/until.ts';
import {
  type Appended,
  appendRows,
  aSpreadsheet,
  keyed,
  registerUnlimitedSheets,
  writeCells,
} from '../support/sheets-gateway.ts';

const TENANT = 'uk_company_1';
/** Longer than the test needs to kill the process that waits for the answer. */
const LATENCY_MS = 3_000;
/** The time from claiming an append's key to joining the queue for its turn. */
const TO_THE_TURN_MS = 300;

describe('Keyed appends with USER_ENTERED input whose process is killed', () => {
  let replicas: Replicas;
  let sheet: string;
  before(async () => {
    replicas = await startReplicas(1);
    const { sandbox } = replicas;
    const email = await registerUnlimitedSheets(await api(), sandbox);
    sheet = aSpreadsheet(sandbox, email, [{ title: 'Sheet1' }, { title: 'Other' }]);
  });
  after(() => replicas.stop());

  const api = async (): Promise<ApiClient> => {
    const [client] = await replicas.clients(TENANT);
    if (client === undefined) throw new Error('no replica');
    return client;
  };
  const rows = (title = 'Sheet1') => replicas.sandbox.sheets.rows(sheet, title);
  /** The row is in the sheet, and its answer is on the way. */
  const arrived = (title: string, count: number): Promise<unknown> =>
    until(
      async () => rows(title).length,
      (length) => length === count,
    );
  const append = async (text: string): Promise<Answer<Appended>> => {
    const body = { values: [[text]], value_input_option: 'USER_ENTERED' };
    return appendRows(await api(), sheet, 'Sheet1', body, keyed(text));
  };
  /** Repeats as a caller without an answer would, until no process is working on the key any more. */
  const repeat = async (text: string): Promise<Answer<Appended>> => {
    const answer = await append(text);
    if (answer.status !== 409) return answer;
    await pause(Number(answer.headers.get('retry-after')) * 1_000);
    return repeat(text);
  };
  const killed = async (...requests: readonly Promise<unknown>[]): Promise<void> => {
    const ends = Promise.allSettled(requests);
    await replicas.replace(0);
    for (const end of await ends) expect(end.status).to.equal('rejected');
    replicas.sandbox.sheets.control({ latency_ms: 0 });
  };

  it('are carried out by their repeat if they had not been sent', async () => {
    replicas.sandbox.sheets.control({ latency_ms: LATENCY_MS });
    const before = writeCells(await api(), sheet, 'Other!A1', { values: [['has the turn']] });
    await arrived('Other', 1);
    const waits = append('waits');
    await until(
      () => replicas.sql('select from idempotency_keys'),
      ({ length }) => length === 1,
    );
    await pause(TO_THE_TURN_MS);
    await killed(before, waits);
    const answer = await repeat('waits');
    expect([answer.status, answer.body.data.updates.updated_range]).to.deep.equal([200, 'Sheet1!A1']);
    expect(rows()).to.deep.equal([['waits']]);
  });

  it('are not carried out again if they had been sent', async () => {
    const already = rows().length;
    replicas.sandbox.sheets.control({ latency_ms: LATENCY_MS });
    const leaves = append('leaves');
    await arrived('Sheet1', already + 1);
    await killed(leaves);
    expect((await repeat('leaves')).status).to.equal(504);
    expect(rows().slice(already)).to.deep.equal([['leaves']]);
  });
});
