// A process that only computes, with the most frequent work of services: it writes and parses JSON. Two threads of one
// core would not slow each other down with arithmetic alone.
import { answerParent } from './child.ts';

const ROWS = Array.from({ length: 500 }, (_, row) => ({
  key: `row ${row}`,
  address: 'Ташкент, улица Навои, 5',
  point: { lat: 41.3 + row / 1e4, lng: 69.2 },
}));

/** How many times all rows were written and parsed in this many milliseconds. */
const computed = (ms: number): number => {
  const end = performance.now() + ms;
  let done = 0;
  for (let rows = ROWS; performance.now() < end; done += 1)
    rows = JSON.parse(JSON.stringify(rows)) as typeof ROWS;
  return done;
};

answerParent((ms: number) => Promise.resolve(computed(ms)));
