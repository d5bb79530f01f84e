import { Socket } from 'node:net';
import { Client, DatabaseError, type ClientConfig } from 'pg';
import type { Sleep } from '../../../domain/shared/clock.ts';
import { patience } from '../../system/patience.ts';
import { sqlStateOf } from './sql-state-of.ts';

/** `refused`: the server cannot be reached or accepts nobody. `silent`: it did not answer in time. */
export type ProbeOutcome =
  { readonly kind: 'answers' } | { readonly kind: 'refused' | 'silent'; readonly code: string };

export type DatabaseProbe = {
  readonly ask: () => Promise<ProbeOutcome>;
  readonly close: () => void;
};

type Deps = { readonly config: ClientConfig; readonly sleep: Sleep };
type Line = { readonly client: Client; readonly socket: Socket };

/** The query needs neither disk nor lock: only a server that is gone or stopped takes this long. */
const PATIENCE_MS = 300;
/** A new connection also needs handshakes, a fork and a login, each of them a round trip or more. */
const NEW_LINE_PATIENCE_MS = 1_500;
/** Insufficient resources (too many connections, disk full): existing connections may still work. */
const ANSWERS_ALL_THE_SAME = /^53/;

/** Asks the database whether it is there, over a connection of its own, which is kept open. */
export const databaseProbe = ({ config, sleep }: Deps): DatabaseProbe => {
  let kept: Line | undefined;

  /** Throws when the connection is broken, and leaves it to be replaced. */
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
        // The connection may have ended for other reasons (a pooler was restarted): a new one will tell.
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
  // Reported by the query under way, or by the next one.
  client.on('error', () => undefined);
  return { client, socket };
};

const outcomeOf = (error: unknown): ProbeOutcome => {
  const code = sqlStateOf(error) ?? 'not reachable';
  if (error instanceof DatabaseError && ANSWERS_ALL_THE_SAME.test(code)) return { kind: 'answers' };
  return { kind: 'refused', code };
};
