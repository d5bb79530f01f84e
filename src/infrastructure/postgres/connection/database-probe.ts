import { Socket } from 'node:net';
import { Client, DatabaseError, type ClientConfig } from 'pg';
import type { Sleep } from '../../../domain/shared/clock.ts';
import { patience } from '../../system/patience.ts';
import { sqlStateOf } from './sql-state-of.ts';

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
/** A new line has a handshake, a fork and a password before it, each with a way there and back of its own. */
const NEW_LINE_PATIENCE_MS = 1_500;
/** Insufficient resources (too many connections, disk full): those who have a connection may go on. */
const ANSWERS_ALL_THE_SAME = /^53/;

/** Asks the database whether it is there, on a connection of its own that stays open while it is. */
export const databaseProbe = ({ config, sleep }: Deps): DatabaseProbe => {
  let kept: Line | undefined;

  /** Throws when the line is broken, and leaves it to be replaced. */
  const askOn = async (line: Line, isNew: boolean): Promise<ProbeOutcome> => {
    try {
      if (isNew) await line.client.connect();
      await line.client.query('select');
      return ANSWERS;
    } catch (error) {
      line.socket.destroy();
      if (kept === line) kept = undefined;
      throw error;
    }
  };

  const askInTime = async (line: Line, isNew: boolean): Promise<ProbeOutcome> => {
    const answered = new AbortController();
    const withinMs = isNew ? NEW_LINE_PATIENCE_MS : PATIENCE_MS;
    const late = patience(sleep, withinMs, answered.signal).then(() => SILENT);
    const asking = askOn(line, isNew);
    const outcome = await Promise.race([asking, late]).finally(() => answered.abort());
    if (outcome === SILENT) {
      line.socket.destroy();
      kept = undefined;
    }
    return outcome;
  };

  return {
    ask: async () => {
      try {
        if (kept !== undefined) return await askInTime(kept, false);
      } catch {
        // A connection may have ended for reasons of its own (a pooler restarted): a new one tells.
      }
      try {
        kept = newLine(config);
        return await askInTime(kept, true);
      } catch (error) {
        return outcomeOf(error);
      }
    },
    close: () => kept?.socket.destroy(),
  };
};

const ANSWERS: ProbeOutcome = { kind: 'answers' };
const SILENT: ProbeOutcome = { kind: 'silent', code: 'no answer' };

const newLine = (config: ClientConfig): Line => {
  const socket = new Socket();
  const client = new Client({ ...config, stream: () => socket });
  // Met by the query under way, or by the next one.
  client.on('error', () => undefined);
  return { client, socket };
};

const outcomeOf = (error: unknown): ProbeOutcome => {
  const code = sqlStateOf(error) ?? 'not reachable';
  if (error instanceof DatabaseError && ANSWERS_ALL_THE_SAME.test(code)) return { kind: 'answers' };
  return { kind: 'refused', code };
};
