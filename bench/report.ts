import { arch, cpus, release, totalmem } from 'node:os';

/** The results of one part of the bench. */
export type Section = {
  readonly title: string;
  readonly text: string;
  readonly tables: readonly Table[];
  readonly verdicts: readonly Verdict[];
};
export type Table = { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };
export type Verdict = {
  readonly what: string;
  readonly measured: string;
  readonly target: string;
  readonly passed: boolean;
};

export const atLeast = (what: string, value: number, target: number, digits = 2): Verdict => ({
  what,
  measured: value.toFixed(digits),
  target: `≥ ${target}`,
  passed: value >= target,
});

export const atMost = (what: string, value: number, target: number, unit: string, digits = 2): Verdict => ({
  what,
  measured: `${value.toFixed(digits)} ${unit}`,
  target: `≤ ${target} ${unit}`,
  passed: value <= target,
});

export type Setting = { readonly command: string; readonly postgres: string; readonly now: Date };

const machine = (): string => {
  const processors = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${processors.length} × ${processors[0]?.model ?? 'unknown'}, ${memory} GiB, Linux ${release()} ${arch()}`;
};

/** Markdown, for the file and for the terminal. */
export const document = (sections: readonly Section[], { command, postgres, now }: Setting): string => {
  const verdicts = sections.flatMap((section) => section.verdicts);
  return [
    '# Results of the bench',
    [
      `\`${command}\` on ${now.toISOString().slice(0, 16).replace('T', ' ')} UTC.`,
      `Machine: ${machine()}. Node ${process.versions.node}, ${postgres}.`,
      'Client, service, PostgreSQL and provider share this machine, so compare the ratios, not the absolute figures.',
    ].join('\n'),
    '## Targets',
    markdownTable({
      head: ['', 'measured', 'target', 'result'],
      rows: verdicts.map(({ what, measured, target, passed }) => [
        what,
        measured,
        target,
        passed ? 'pass' : '**FAIL**',
      ]),
    }),
    ...sections.flatMap(({ title, text, tables }) => [
      `## ${title}`,
      text,
      ...tables.map((table) => markdownTable(table)),
    ]),
  ]
    .join('\n\n')
    .concat('\n');
};

/** With aligned columns, so that the source is readable too. */
const markdownTable = ({ head, rows }: Table): string => {
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(head), line(rule), ...rows.map(line)].join('\n');
};
