import { expect } from 'chai';
import type { Random } from '../../src/domain/shared/clock.ts';
import type { ApiClient } from '../support/api-client.ts';
import { startReplicas, type Replicas } from '../support/replicas.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { aSpreadsheet, readCells, registerUnlimitedSheets, writeCells } from '../support/sheets-gateway.ts';

/** A long run: SHEET_PAIRS=10000 SHEET_REPLICAS=4. */
const PAIRS = Number(process.env['SHEET_PAIRS'] ?? '200');
const REPLICAS = Number(process.env['SHEET_REPLICAS'] ?? '2');
/** Each has one writer, so that the result of the last answered write is known. */
const SPREADSHEETS = 4;
/** Readers of each spreadsheet: they request the same few ranges, so that flights are in progress at any time. */
const READERS = 2;
const SIDE = 3;

type Box = { readonly top: number; readonly left: number; readonly bottom: number; readonly right: number };

const below = (random: Random, end: number): number => Math.floor(random() * end);
const cell = (row: number, column: number): string => `${'ABC'[column]}${row + 1}`;
const a1 = ({ top, left, bottom, right }: Box): string => `Sheet1!${cell(top, left)}:${cell(bottom, right)}`;

const randomBox = (random: Random): Box => {
  const [top, left] = [below(random, SIDE), below(random, SIDE)];
  return {
    top,
    left,
    bottom: top + below(random, SIDE - top),
    right: left + below(random, SIDE - left),
  };
};
/** A random range that shares a cell with the other one. */
const overlapping = (random: Random, other: Box): Box => {
  for (;;) {
    const box = randomBox(random);
    const isBeside = box.left > other.right || other.left > box.right;
    if (!isBeside && box.top <= other.bottom && other.top <= box.bottom) return box;
  }
};
const cellsIn = ({ top, left, bottom, right }: Box): readonly (readonly [number, number])[] =>
  Array.from({ length: bottom - top + 1 }, (_r, row) =>
    Array.from({ length: right - left + 1 }, (_c, column) => [top + row, left + column] as const),
  ).flat();

describe('Reads after writes, across replicas', function () {
  this.timeout(90_000 + PAIRS * 100);
  let replicas: Replicas;
  let clients: readonly ApiClient[];
  let sheets: readonly string[];
  before(async () => {
    replicas = await startReplicas(REPLICAS, { RATE_LIMIT_SHEETS_PER_MINUTE: '0' });
    clients = await replicas.clients('uk_company_1');
    const { sandbox } = replicas;
    const first = anyOf(() => 0);
    const email = await registerUnlimitedSheets(first, sandbox);
    sandbox.sheets.control({ latency_ms: 4 });
    sheets = Array.from({ length: SPREADSHEETS }, () => aSpreadsheet(sandbox, email));
  });
  after(() => replicas.stop());

  const anyOf = (random: Random): ApiClient => {
    const client = clients[below(random, clients.length)];
    if (client === undefined) throw new Error('no replica');
    return client;
  };
  const read = async (random: Random, sheet: string, box: Box) => {
    const how = '?value_render_option=UNFORMATTED_VALUE';
    const answer = await readCells(anyOf(random), sheet, a1(box), how);
    expect(answer.status, answer.text).to.equal(200);
    return {
      valueAt: (row: number, column: number): unknown =>
        answer.body.data.values[row - box.top]?.[column - box.left],
      cacheStatus: answer.headers.get('cache-status') ?? '',
    };
  };

  it(`return the last answered write in each of ${PAIRS} pairs of overlapping ranges`, async () => {
    const seen = { pairs: 0, stale: [] as string[], cached: 0 };
    const pairsOn = async (sheet: string, random: Random): Promise<void> => {
      const last = new Map<string, number>();
      for (let n = 1; n <= PAIRS / SPREADSHEETS; n += 1) {
        const written = randomBox(random);
        const rows = Array.from({ length: written.bottom - written.top + 1 }, () =>
          Array.from({ length: written.right - written.left + 1 }, () => n),
        );
        const answer = await writeCells(anyOf(random), sheet, a1(written), { values: rows });
        expect(answer.status, answer.text).to.equal(200);
        for (const [row, column] of cellsIn(written)) last.set(cell(row, column), n);
        const box = overlapping(random, written);
        const { valueAt } = await read(random, sheet, box);
        seen.pairs += 1;
        for (const [row, column] of cellsIn(box)) {
          const expected = last.get(cell(row, column));
          const found = valueAt(row, column);
          if (expected !== undefined && found !== expected)
            seen.stale.push(`${sheet} ${cell(row, column)}: ${String(found)} after ${expected}`);
        }
      }
    };
    const readOn = async (sheet: string, random: Random, isOver: () => boolean): Promise<void> => {
      while (!isOver()) {
        const { cacheStatus } = await read(random, sheet, randomBox(random));
        if (cacheStatus.includes('; hit')) seen.cached += 1;
      }
    };
    await Promise.all(
      sheets.map(async (sheet, place) => {
        let isOver = false;
        const readers = Array.from({ length: READERS }, (_, n) =>
          readOn(sheet, seededRandom(100 + place * READERS + n), () => isOver),
        );
        await pairsOn(sheet, seededRandom(place + 1)).finally(() => (isOver = true));
        await Promise.all(readers);
      }),
    );
    expect(seen.stale).to.deep.equal([]);
    expect(seen.pairs).to.equal(Math.floor(PAIRS / SPREADSHEETS) * SPREADSHEETS);
    // Otherwise the cache would not have been tested.
    expect(seen.cached).to.be.greaterThan(0);
  });
});
