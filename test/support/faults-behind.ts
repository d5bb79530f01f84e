type Line = { readonly error?: string; readonly error_name?: string; readonly error_code?: string };

/** A statement that took too long or a session that was ended; else what a net or a file says. */
const LATE_CODE = /^(57014|57P0\d|08\w{3}|E[A-Z]+)$/;
const LATE_WORDS = /^(Query read timeout|timeout (exceeded )?when trying to connect|Connection terminated)/;

const isLate = ({ error = '', error_name: name, error_code: code = '' }: Line): boolean =>
  name === 'DatabaseAway' || LATE_CODE.test(code) || LATE_WORDS.test(error);

export type Behind = {
  /** What has another reason than a database that stands still for a moment, which is none of ours. */
  readonly faults: readonly string[];
  readonly late: number;
};

/** The lines of the log with this message, told apart by their reason. */
export const behind = (message: string, said: string): Behind => {
  const lines = said.split('\n').filter((line) => line.includes(JSON.stringify(message)));
  const faults = lines.filter((line) => !isLate(JSON.parse(line)));
  return { faults, late: lines.length - faults.length };
};
