import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { LOST } from '../support/patient-client.ts';
import { startService, type ServiceProcess } from '../support/service-process.ts';
import { testFolder } from '../support/test-folder.ts';
import { eventually } from '../support/until.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const BETWEEN = '-- next line --';

/** One command of a page, and the answer shown for it. */
type Line = { readonly command: string; readonly shown: string };

const isWhole = (command: string): boolean => command.split("'").length % 2 === 1;

/** The shell commands in a part of a page, in order. A comment after or below a command shows its answer. */
const linesOf = (part: string): readonly Line[] => {
  const lines: Line[] = [];
  let begun = '';
  const texts = [...part.matchAll(/^```sh\n([^]+?)^```$/gm)].flatMap(([, block = '']) => block.split('\n'));
  for (const text of texts) {
    const last = lines.at(-1);
    if (begun === '' && text.startsWith('#') && last !== undefined)
      lines[lines.length - 1] = { ...last, shown: `${last.shown}\n${text}` };
    else if (begun === '' && text === '') continue;
    else {
      const [before = '', shown = ''] = text.split(/\s+(?=# )/, 2);
      begun += begun === '' ? before : `\n${before}`;
      if (!isWhole(begun)) continue;
      lines.push({ command: begun, shown });
      begun = '';
    }
  }
  return lines;
};

const partsOf = (page: string): ReadonlyMap<string, readonly Line[]> =>
  new Map(
    readFileSync(join(PROJECT, page), 'utf8')
      .split(/^(?=##+ )/m)
      .map((part) => [/^##+ (.+)$/m.exec(part)?.[1] ?? '', linesOf(part)] as const),
  );

/** Does what a reader does by hand: takes from an answer the value that the next line names by a variable. */
const notesOf = (command: string): string => {
  const noted = (name: string, field: string): string =>
    `${name}=$(printf %s "$ANSWER" | sed -n 's/.*"${field}":"\\([^"]*\\)".*/\\1/p')`;
  const id = String.raw`$(printf %s "$ANSWER" | sed -n 's/^{"data":{"id":"\([^"]*\)".*/\1/p')`;
  if (command.includes('"our repository"'))
    return `HOOK=${id}\n${noted('URL', 'webhook_url')}\n${noted('SECRET', 'secret_key')}`;
  if (/^api \/(services|webhooks) -d/.test(command)) return `ID=${id}`;
  return command.startsWith('api /webhooks/replays -d') ? `REPLAY=${id}` : '';
};

/**
 * Repeats the command if the answer says so: a database that stalls on a busy machine counts as unavailable for a
 * moment.
 */
const answered = (command: string): string =>
  `ANSWER=$(${command})\nwhile [[ $ANSWER == *'${LOST}'* ]]; do sleep 1; ANSWER=$(${command}); done`;

const asks = ({ command }: Line): boolean => /^(?:api|curl) /.test(command);
const followed = (line: Line): string =>
  asks(line)
    ? `${answered(line.command)}\n${notesOf(line.command)}\nprintf '%s\\n' "$ANSWER" '${BETWEEN}'`
    : line.command;

/** Makes a delivery for the lines about deliveries, and keeps it for those about replays. */
const DELIVERED = `ID=$HOOK
${answered(`api /webhooks/$ID -X PATCH -H 'If-Match: *' -d '{"status":"paused"}'`)}
${answered(`curl -sS "$URL" -H 'Content-Type: application/json' -H 'X-GitHub-Event: push' \
  -H 'X-GitHub-Delivery: 2' -H "X-Hub-Signature-256: sha256=$SIGNATURE" -d "$BODY"`)}
${answered('api "/webhooks/$ID/deliveries"')}
DELIVERY=$(printf %s "$ANSWER" | sed -n 's/^{"data":\\[{"id":"\\([^"]*\\)".*/\\1/p')`;

describe('The example commands', () => {
  let folder: Awaited<ReturnType<typeof testFolder>>;
  let demo: ServiceProcess;
  const readme = partsOf('README.md');
  const api = partsOf('docs/api.md');
  let answers: ReadonlyMap<string, readonly (Line & { readonly answer: string })[]>;

  const inOneShell = async (parts: ReadonlyMap<string, readonly Line[]>): Promise<readonly string[]> => {
    const sheet = /\/sheets\/([^/]+)\//.exec(demo.output())?.[1];
    const script = [...parts].map(([name, lines]) => {
      const before = name === 'Try the rest' ? `cd '${folder.path}'\nID=${sheet}` : '';
      return [before, name === 'Deliveries and refusals' ? DELIVERED : '', ...lines.map(followed)].join('\n');
    });
    const text = script.join('\n').replaceAll('http://127.0.0.1:8006', demo.url);
    const here = text.replaceAll('DATA_DIR=.data/demo', `DATA_DIR='${join(folder.path, 'demo')}'`);
    const { stdout } = await promisify(execFile)('bash', ['-euc', here], { cwd: PROJECT });
    return stdout.split(`${BETWEEN}\n`);
  };

  before(async () => {
    folder = await testFolder();
    demo = await startService({ DATA_DIR: folder.path, SANDBOX_PORT: '0' }, 'sandbox/demo.ts');
    await eventually('the demo', async () => demo.output().includes('Ctrl-C ends') || undefined);
    const rest = readme.get('Try the rest')?.filter(({ command }) => !command.startsWith('npm ')) ?? [];
    const [[first, means] = ['', []], ...others] = api;
    const all = new Map([[first, means], ['Try the rest', rest], ...others]);
    const told = (await inOneShell(all)).values();
    const withAnswer = (line: Line) => ({ ...line, answer: told.next().value ?? '' });
    answers = new Map([...all].map(([name, lines]) => [name, lines.filter(asks).map(withAnswer)]));
  });
  after(async () => {
    await demo.stop();
    folder.remove();
  });

  it('of README.md and docs/api.md are all run in order', () => {
    const asked = [...answers].map(([name, lines]) => `${name} ${lines.length}`);
    expect(asked).to.include.members([
      'Try the rest 3',
      'Asking for a place 5',
      'Managing 10',
      'Replaying 5',
    ]);
    expect([...answers.values()].flat()).to.have.length.above(35);
  });

  it('are refused only where the page shows a refusal', () => {
    const refused = [...answers].flatMap(([name, lines]) =>
      lines.filter(({ answer }) => answer.startsWith('{"type":"urn:')).map(({ command }) => [name, command]),
    );
    expect(
      refused.map(([name]) => name),
      JSON.stringify(refused),
    ).to.deep.equal(['Errors']);
  });

  it('are answered with every member and every word that the page shows', () => {
    const SHOWN = /"[a-z_]+":(?:"[A-Za-z0-9' -]+"(?=[,}])|true|false)?/g;
    for (const { command, shown, answer } of [...answers.values()].flat()) {
      // One as small as this is done before it is read.
      const lasting = shown.replace('"state":"running"', '"state":…');
      const missing = [...lasting.matchAll(SHOWN)].filter(([text]) => !answer.includes(text));
      expect(missing.map(String), `${command}\n${answer}`).to.deep.equal([]);
    }
  });
});
