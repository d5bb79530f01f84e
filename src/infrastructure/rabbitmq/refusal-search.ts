import type { CloudEvent, Refusal } from '../../application/event-bus.ts';

/**
 * What is known of a batch of which the broker refuses something, until it has come to its end. Far away that takes
 * longer than anybody waits for it: the next attempt at the same events goes on from here.
 */
export class RefusalSearch {
  readonly #refused = new Map<string, Refusal>();
  readonly #taken = new Set<string>();
  /** In each of these is at least one that the broker refuses; which, it did not say. */
  #doubted: readonly ReadonlySet<string>[] = [];
  #first: string | undefined;

  /** False where these are other events than those of the attempt before: another process has sent those meanwhile. */
  goesOnWith(events: readonly CloudEvent[]): boolean {
    const goesOn = events.some(({ id }) => id === this.#first);
    if (!goesOn) this.forget();
    this.#first = events[0]?.id;
    return goesOn;
  }

  forget(): void {
    this.#refused.clear();
    this.#taken.clear();
    this.#doubted = [];
    this.#first = undefined;
  }

  undecided(events: readonly CloudEvent[]): readonly CloudEvent[] {
    return events.filter(({ id }) => !this.#refused.has(id) && !this.#taken.has(id));
  }

  refusalsAmong(events: readonly CloudEvent[]): readonly Refusal[] {
    return events.flatMap(({ id }) => this.#refused.get(id) ?? []);
  }

  /** Sent together they would be refused. */
  isDoubted(events: readonly CloudEvent[]): boolean {
    if (this.#doubted.length === 0) return false;
    const ids = idsOf(events);
    return this.#doubted.some((group) => [...group].every((id) => ids.has(id)));
  }

  doubt(events: readonly CloudEvent[]): void {
    this.#doubted = [...this.#doubted, idsOf(events)];
  }

  refuse({ id }: CloudEvent, reason: string): void {
    this.#refused.set(id, { id, reason });
    this.#doubted = this.#doubted.filter((group) => !group.has(id));
  }

  /** Noted only while there is a search: most batches need none. */
  take(events: readonly CloudEvent[]): void {
    if (this.#refused.size === 0 && this.#doubted.length === 0) return;
    const ids = idsOf(events);
    for (const id of ids) this.#taken.add(id);
    const rest = this.#doubted.map((group) => new Set([...group].filter((id) => !ids.has(id))));
    this.#doubted = rest.filter(({ size }) => size > 0);
  }
}

const idsOf = (events: readonly CloudEvent[]): ReadonlySet<string> => new Set(events.map(({ id }) => id));
