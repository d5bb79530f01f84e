/** Reads variables one by one and collects all problems, so that a start is refused once, with the complete list. */
export type EnvironmentReader = {
  readonly text: (name: string) => string | undefined;
  /** True even if its value is wrong, so that what is missing beside it is reported at the same time. */
  readonly has: (name: string) => boolean;
  readonly integer: (
    name: string,
    standard: number,
    range: { readonly from: number; readonly to: number },
  ) => number;
  readonly flag: (name: string, standard: boolean) => boolean;
  readonly oneOf: <T extends string>(name: string, allowed: readonly T[], standard: T) => T;
  /** An absolute URL with one of these schemes. */
  readonly url: (name: string, schemes: readonly string[]) => string | undefined;
  /** A problem names the variable and the rule, never the value, which may be a secret. */
  readonly problem: (name: string, detail: string) => void;
  readonly problems: readonly string[];
};

export const environmentReader = (
  environment: Readonly<Record<string, string | undefined>>,
): EnvironmentReader => {
  const problems: string[] = [];
  const problem = (name: string, detail: string): void => void problems.push(`${name}: ${detail}`);
  // Compose files and shells pass unset variables as empty ones.
  const text = (name: string): string | undefined => environment[name]?.trim() || undefined;

  return {
    text,
    has: (name) => text(name) !== undefined,
    problem,
    problems,
    integer: (name, standard, { from, to }) => {
      const given = text(name);
      if (given === undefined) return standard;
      const value = /^-?\d{1,15}$/.test(given) ? Number(given) : Number.NaN;
      if (value >= from && value <= to) return value;
      problem(name, `an integer from ${from} to ${to}`);
      return standard;
    },
    flag: (name, standard) => {
      const given = text(name)?.toLowerCase();
      if (given === undefined) return standard;
      if (['true', '1', 'yes', 'on'].includes(given)) return true;
      if (!['false', '0', 'no', 'off'].includes(given)) problem(name, 'true or false');
      return false;
    },
    oneOf: (name, allowed, standard) => {
      const given = text(name)?.toLowerCase();
      if (given === undefined) return standard;
      const found = allowed.find((option) => option === given);
      if (found === undefined) problem(name, `one of ${allowed.join(', ')}`);
      return found ?? standard;
    },
    url: (name, schemes) => {
      const given = text(name);
      if (given === undefined) return undefined;
      // Without the slashes the standard parser takes everything after the colon for a path.
      const scheme = URL.canParse(given) ? /^([a-z0-9+]+):\/\//i.exec(given)?.[1]?.toLowerCase() : undefined;
      if (scheme !== undefined && schemes.includes(scheme)) return given;
      problem(name, `a URL starting with ${schemes.map((s) => `${s}://`).join(' or ')}`);
      return undefined;
    },
  };
};
