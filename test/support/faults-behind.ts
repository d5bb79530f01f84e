type Line = { readonly error?: string; readonly error_name?: string; readonly error_code?: string };

/**
 * The SQLSTATE or errno of a statement that took too long or a session that was ended; otherwise the message of a
 * network or file error.
 */
const LATE_CODE = /^(57014|57P0\d|08\w{3}|E[A-Z]+)$/;
const LATE_WORDS = /^(Query read timeout|timeout (exceeded )?when trying to connect|Connection terminated)/;

const isLate = ({ error = '', error_name: name, error_code: code = '' }: Line): boolean =>
  name === 'DatabaseAway' || LATE_CODE.test(code) || LATE_WORDS.test(error);

export type Behind = {
  /** Lines whose reason is not a database that stalled for a moment: faults of our own. */
  readonly faults: readonly string[];
  readonly late: number;
};

/** The log lines with this message, separated by their reason. */
export const behind = (message: string, said: string): Behind => {
  const lines = said.split('\n').filter((line) => line.includes(JSON.stringify(message)));
  const faults = lines.filter((line) => !isLate(JSON.parse(line)));
  return { faults, late: lines.length - faults.length };
};
