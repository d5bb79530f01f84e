import type { Connection, PoolClient, Submittable } from 'pg';

type Statement = {
  readonly text: string;
  /** Parameters of text, in their order; the bytes are the one after the last. */
  readonly texts: readonly string[];
  readonly bytes: Uint8Array;
};

type Settle = (error?: Error) => void;

/**
 * One statement without rows whose bytes go to the socket as they lie. A parameter of `pg` is copied twice on its
 * way, and for a body of 25 MiB that is 50 MiB more for the garbage collector to find. Rejects as `query` does.
 */
export const sendUncopied = (client: Pick<PoolClient, 'query'>, statement: Statement): Promise<void> =>
  new Promise((resolve, reject) => {
    client.query(submittable(statement, (error) => (error === undefined ? resolve() : reject(error))));
  });

/** What a client of `pg` expects of a query, as its own and pg-cursor's have it. */
type Submitted = Submittable & {
  /** The client puts its own in front, for `query_timeout`. */
  callback: (error: Error | null) => void;
  readonly handleError: (error: Error) => void;
  readonly handleReadyForQuery: () => void;
  readonly handleCommandComplete: () => void;
};

const submittable = ({ text, texts, bytes }: Statement, settle: Settle): Submitted => {
  const submitted: Submitted = {
    callback: (error) => settle(error ?? undefined),
    submit: (connection) => send(connection, text, texts, bytes),
    handleError: (error) => submitted.callback(error),
    // Comes after an error as well, when all is settled.
    handleReadyForQuery: () => submitted.callback(null),
    handleCommandComplete: () => undefined,
  };
  return submitted;
};

const send = (connection: Connection, text: string, texts: readonly string[], bytes: Uint8Array): void => {
  const { stream } = connection;
  stream.cork();
  connection.parse({ name: '', text, types: [] }, true);
  stream.write(bindUpToBytes(texts, bytes.length));
  stream.write(bytes);
  stream.write(ALL_RESULTS_AS_TEXT);
  connection.execute({ portal: '', rows: '0' }, true);
  connection.sync();
  stream.uncork();
};

const BIND = 0x42;
const AS_TEXT = 0;
const AS_BYTES = 1;
const ALL_RESULTS_AS_TEXT = Buffer.from([0, 0]);

/** "Bind" of the protocol, 3.0 of PostgreSQL, section "Message Formats": unnamed portal and statement. */
const bindUpToBytes = (texts: readonly string[], size: number): Buffer => {
  const values = texts.map((value) => Buffer.from(value));
  const count = texts.length + 1;
  const fixed = [int16(count), ...values.map(() => int16(AS_TEXT)), int16(AS_BYTES), int16(count)];
  const fields = values.flatMap((value) => [int32(value.length), value]);
  const rest = Buffer.concat([Buffer.from([0, 0]), ...fixed, ...fields, int32(size)]);
  const length = 4 + rest.length + size + ALL_RESULTS_AS_TEXT.length;
  return Buffer.concat([Buffer.from([BIND]), int32(length), rest]);
};

const int16 = (value: number): Buffer => {
  const written = Buffer.alloc(2);
  written.writeInt16BE(value);
  return written;
};

const int32 = (value: number): Buffer => {
  const written = Buffer.alloc(4);
  written.writeInt32BE(value);
  return written;
};
