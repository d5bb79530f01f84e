import { putLast } from '../../domain/shared/put-last.ts';
import type { Sleep } from '../../domain/shared/clock.ts';
import type { SpreadsheetWriters, WriterTurn } from '../../domain/spreadsheet/spreadsheet-writers.ts';

/** Number of spreadsheets. */
const MOST_EDGES = 5_000;

type Waiter = { wake: () => void };

/** Turns of writers within one process, first come, first served. */
export class MemorySpreadsheetWriters implements SpreadsheetWriters {
  readonly #sleep: Sleep;
  /** The first of each queue has the turn. */
  readonly #queues = new Map<string, Waiter[]>();
  readonly #edges = new Map<string, string>();
  readonly #cells = new Map<string, string>();
  #left = 0;

  constructor({ sleep }: { readonly sleep: Sleep }) {
    this.#sleep = sleep;
  }

  async hold(spreadsheet: string, holdMs: number, waitMs: number): Promise<WriterTurn | 'busy'> {
    const queue = this.#queueOf(spreadsheet);
    const waiter: Waiter = { wake: () => undefined };
    queue.push(waiter);
    if (queue[0] !== waiter && !(await this.#hasCome(waiter, waitMs))) {
      this.#leave(spreadsheet, waiter);
      return 'busy';
    }
    const over = new AbortController();
    const end = (): void => {
      over.abort();
      this.#leave(spreadsheet, waiter);
    };
    void this.#sleep(holdMs, over.signal).then(end);
    return {
      ageMs: 0,
      raggedEdge: this.#edges.get(spreadsheet),
      raggedCells: this.#cells.get(spreadsheet),
      leavesRaggedEdge: () => this.#leaveIn(this.#edges, spreadsheet),
      leavesRaggedCells: () => this.#leaveIn(this.#cells, spreadsheet),
      release: async () => end(),
    };
  }

  #leaveIn(edges: Map<string, string>, spreadsheet: string): void {
    this.#left += 1;
    putLast(edges, spreadsheet, String(this.#left), MOST_EDGES);
  }

  #queueOf(spreadsheet: string): Waiter[] {
    const known = this.#queues.get(spreadsheet);
    if (known !== undefined) return known;
    const queue: Waiter[] = [];
    this.#queues.set(spreadsheet, queue);
    return queue;
  }

  #hasCome(waiter: Waiter, waitMs: number): Promise<boolean> {
    const over = new AbortController();
    return new Promise((resolve) => {
      waiter.wake = () => {
        over.abort();
        resolve(true);
      };
      void this.#sleep(waitMs, over.signal).then(() => resolve(false));
    });
  }

  #leave(spreadsheet: string, waiter: Waiter): void {
    const queue = this.#queues.get(spreadsheet) ?? [];
    const place = queue.indexOf(waiter);
    if (place < 0) return;
    queue.splice(place, 1);
    if (queue.length === 0) this.#queues.delete(spreadsheet);
    else if (place === 0) queue[0]?.wake();
  }
}
