import { Socket } from 'node:net';
import { Client, DatabaseError, type ClientConfig } from 'pg';
import type { Sleep } from '../../domain/shared/clock.ts';
import { patience } from '../memory/patience.ts';

/** `refused`: it cannot be reached, or lets nobody in. `silent`: it was asked and said nothing in time. */
export type ProbeOutcome =
  { readonly kind: 'answers' } | { readonly kind: 'refused' | 'silent'; readonly code: string };

export type DatabaseProbe = {
  readonly ask: () => Promise<ProbeOutcome>;
  readonly close: () => void;
};

type Deps = { readonly config: ClientConfig; readonly sleep: Sleep };
type Line = { readonly client: Client; readonly socket: Socket };

/** A question that needs neither disk nor lock: only a server that is gone or stopped leaves it open for so long. */
const PATIENCE_MS = 300;
/** Insufficient resources (too many connections, disk full): those who have a connection may go on. */
const ANSWERS_ALL_THE_SAME = /^53/;

/** Asks the database whether it is there, on a connection of its own that stays open while it is. */
export const databaseProbe = ({ config, sleep }: Deps): DatabaseProbe => {
  let kept: Line | undefined;

  const dropped = (): void => {
    kept?.socket.destroy();
    kept = undefined;
  };

  /** A connection may have ended for reasons of its own (a pooler restarted): a new one tells. */
  const asked = async (): Promise<ProbeOutcome> => {
    if (kept !== undefined) {
      try {
        await kept.client.query('select');
        return { kind: 'answers' };
      } catch {
        dropped();
      }
    }
    try {
      kept = line(config);
      await kept.client.connect();
      await kept.client.query('select');
      return { kind: 'answers' };
    } catch (error) {
      dropped();
      return outcomeOf(error);
    }
  };

  return {
    ask: async () => {
      const answered = new AbortController();
      const late = patience(sleep, PATIENCE_MS, answered.signal);
      const silent = late.then((): ProbeOutcome => ({ kind: 'silent', code: 'no answer' }));
      const outcome = await Promise.race([asked(), silent]);
      answered.abort();
      if (outcome.kind === 'silent') dropped();
      return outcome;
    },
    close: dropped,
  };
};

const line = (config: ClientConfig): Line => {
  const socket = new Socket();
  const client = new Client({ ...config, stream: () => socket });
  // Met by the query under way, or by the next one.
  client.on('error', () => undefined);
  return { client, socket };
};

const outcomeOf = (error: unknown): ProbeOutcome => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'not reachable';
  if (error instanceof DatabaseError && ANSWERS_ALL_THE_SAME.test(code)) return { kind: 'answers' };
  return { kind: 'refused', code };
};
