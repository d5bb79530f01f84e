import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { dashboards, rules } from '../../../scripts/ops/observability/expressions.ts';
import { configFrom } from '../../../src/infrastructure/config/config.ts';
import { definedMetrics } from '../../support/metric-names.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const page = readFileSync(`${ROOT}docs/operations.md`, 'utf8');
const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
/** As GitHub makes them. */
const anchors = headings.map((heading) =>
  heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-'),
);
const alerts = rules().flatMap(({ alert, annotations }) =>
  alert === undefined ? [] : [{ alert, annotations }],
);

describe('page of operations', () => {
  it('describes every metric that the service has, and none besides', () => {
    const described = [...page.matchAll(/^\| `(integration_[a-z_]+)`/gm)].map(([, name = '']) => name);
    expect(described.filter((name, index) => described.indexOf(name) < index)).to.deep.equal([]);
    expect(described.toSorted()).to.deep.equal(definedMetrics());
  });

  it('has a section for every alert, where the alert says it is, and for no other', () => {
    expect(headings.filter((heading) => /^Integration[A-Z]\w+$/.test(heading)).toSorted()).to.deep.equal(
      alerts.map(({ alert }) => alert).toSorted(),
    );
    for (const { alert, annotations } of alerts)
      expect(annotations?.['runbook'], alert).to.equal(`docs/operations.md#${alert.toLowerCase()}`);
  });

  it('says of every alert what it means, how to see it and what to do, in this order', () => {
    for (const { alert } of alerts) {
      const [, section = ''] = page.split(`### ${alert}\n`);
      const parts = section.split(/^#/m)[0] ?? '';
      expect(parts, alert).to.match(/^\n\w[^\n]{30,}\n\n\*\*See:\*\* \S[^\n]+\n\n\*\*Do:\*\*[ \n]+\S/);
      expect(parts.match(/^\*\*(?:See|Do):/gm), alert).to.have.length(2);
    }
  });

  it('names no metric and no panel that does not exist', () => {
    const metrics = [...page.matchAll(/\b(integration_[a-z_]+[a-z])\b(?!\*)/g)].map(([, name = '']) => name);
    const roles = ['integration_app', 'integration_system'];
    const tables = ['integration_logs', 'integration_cache'];
    const known = [...definedMetrics(), ...roles, ...tables, 'integration_outbox'];
    expect(metrics.filter((name) => !known.includes(name))).to.deep.equal([]);
    const [, section = ''] = page.split('## Alerts\n');
    const panels = dashboards().flatMap((board) => board.panels.map(({ title }) => title));
    const named = [...section.matchAll(/^\*\*See:\*\* (.+)$/gm)].flatMap(([, line = '']) =>
      [...line.matchAll(/(?<![`\w])"([A-Z][^"`]+)"/g)].map(([, title = '']) => title),
    );
    expect(named.length).to.be.greaterThan(20);
    expect(named.filter((title) => !panels.includes(title))).to.deep.equal([]);
  });

  it('tells each alert what it is and whom it wakes', () => {
    for (const { alert, annotations } of alerts) {
      expect(annotations, alert).to.include.keys('summary', 'description', 'runbook');
      expect(rules().find((rule) => rule.alert === alert)?.labels?.['severity'], alert).to.match(
        /^(page|ticket)$/,
      );
    }
  });

  it('leads nowhere into the void', () => {
    const wanted = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = '']) => anchor);
    expect(wanted.length).to.be.greaterThan(10);
    expect(wanted.filter((anchor) => !anchors.includes(anchor))).to.deep.equal([]);
  });

  it('quotes no line of the log that nobody writes', () => {
    const sources = globSync(`${ROOT}/src/**/*.ts`).map((file) => readFileSync(file, 'utf8'));
    const words = '[`"]([a-z][^`"\\n]* [^`"\\n]*)[`"]';
    const quoting = new RegExp(`\\b(?:logs?|lines?)\\b[^\`".\\n]{0,20}${words}|${words} in the logs`, 'g');
    const quoted = [...page.matchAll(quoting)].map(([, behind, before]) => behind ?? before ?? '');
    expect(quoted.length).to.be.greaterThan(6);
    expect(quoted.filter((line) => !sources.some((source) => source.includes(line)))).to.deep.equal([]);
  });

  it('tells of every field that lines about requests and commands have', () => {
    const [, section = ''] = /^## The log\n([^]*?)^## /m.exec(page) ?? [];
    const fields = ['http/request-logger', 'amqp/command-logger'].flatMap((file) =>
      [
        ...readFileSync(`${ROOT}src/interfaces/${file}.ts`, 'utf8').matchAll(/^  readonly (\w+): (?!\()/gm),
      ].map(([, name = '']) => name),
    );
    expect(fields.length).to.be.greaterThan(20);
    expect(fields.filter((name) => !section.includes(`\`${name}\``))).to.deep.equal([]);
  });

  it('says which share of calls shall be answered, as the alerts have it', () => {
    const budgets = rules().flatMap(({ alert, expr }) =>
      alert?.startsWith('IntegrationErrorBudget') ? (expr.match(/\b0\.\d+\b/g) ?? []) : [],
    );
    expect(budgets.length).to.be.greaterThan(5);
    const [, objective] = /\*\*The objective:\*\* ([\d.]+) % of calls/.exec(page) ?? [];
    for (const budget of budgets) expect(1 - Number(budget)).to.be.closeTo(Number(objective) / 100, 1e-9);
  });

  it('leads for a 401 to the log, which alone says why, and names every reason', () => {
    const [row = ''] = /^\| 401 .*$/m.exec(page) ?? [];
    const source = readFileSync(`${ROOT}src/domain/access/credential.ts`, 'utf8');
    const reasons = [...source.matchAll(/\| '([a-z-]+)'/g)].map(([, reason]) => reason);
    expect(reasons.length).to.be.greaterThan(5);
    expect(row).to.contain('request line');
    expect(reasons.filter((reason) => !page.includes(`\`${reason}\``))).to.deep.equal([]);
  });

  it('looks into containers of compose that are there, and into ours with node, since it has no other tools', () => {
    const compose = readFileSync(`${ROOT}docker-compose.yml`, 'utf8');
    const looks = [...page.matchAll(/docker compose exec (?:-T )?([\w-]+) (\S+)/g)];
    expect(looks.map(([, service]) => service)).to.include.members(['postgres', 'redis', 'rabbitmq']);
    for (const [, service = '', program] of looks) {
      expect(compose, service).to.match(new RegExp(`^  ${service}:$`, 'm'));
      if (service.startsWith('integration-')) expect(program).to.equal('node');
    }
  });

  it('lets the restored login into its roles before it brings the tables, whichever PostgreSQL the back-up is of', () => {
    const [, restore = ''] = page.split('**Restore**, into an empty server');
    const [recipe = ''] = restore.split('\n```\n');
    const steps = [
      '--file=roles.sql',
      'grant integration_app, integration_system to integration',
      'pg_restore ',
    ];
    const places = steps.map((step) => recipe.indexOf(step));
    expect(places.every((place) => place >= 0)).to.equal(true);
    expect(places.toSorted((a, b) => a - b)).to.deep.equal(places);
  });

  it('names the files of compose once, so that no later command starts a replica with the resources of others', () => {
    expect(page).to.not.match(/docker compose (?:-f|--file)|`-f docker-compose/);
    const [, files = ''] = /^echo COMPOSE_FILE=(\S+) >> \.env/m.exec(page) ?? [];
    expect(files.split(':')).to.deep.equal(['docker-compose.yml', 'ops/compose/production.yml']);
  });

  it('asks a replica by what works inside of it, also when the answer is 503', async () => {
    const [, script = ''] = /^ask="(.+)"$/m.exec(page) ?? [];
    expect(page.match(/(?:compose|kubectl) .*exec .*node --eval "\$ask" \/\w+/g)).to.have.length(2);
    const server = createServer((req, res) => res.writeHead(503).end(`of ${req.url}`));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const asked = script.replace('127.0.0.1:8006', `127.0.0.1:${port}`);
    const { stdout } = await promisify(execFile)(process.execPath, ['--eval', asked, '/health']);
    server.close();
    expect(stdout).to.equal('of /health\n');
  });

  it('names every periodic job where it tells what their failure means, and none besides', () => {
    const section = page.split('### IntegrationJobFails')[1]?.split('###')[0] ?? '';
    const named = [...section.matchAll(/^\d\. ((?:`[a-z-]+`(?:, )?)+):/gm)].flatMap(([, names = '']) =>
      [...names.matchAll(/`([a-z-]+)`/g)].map(([, name = '']) => name),
    );
    const jobs = globSync(`${ROOT}/src/infrastructure/container/*.ts`).flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\{ name: '([a-z-]+)', everyMs/g)].map(([, name = '']) => name),
    );
    expect(jobs.length).to.be.greaterThan(10);
    expect(named.toSorted()).to.deep.equal(jobs.toSorted());
  });

  it('speaks of no variable that does not exist', () => {
    const known = new Set<string>();
    configFrom(new Proxy({}, { get: (_, name) => void known.add(String(name)) }));
    const spokenOf = [...page.matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=[^`]*)?`/g)].map(
      ([, name = '']) => name,
    );
    const environment = readFileSync(`${ROOT}ops/compose/make-env.sh`, 'utf8');
    const ofCompose: readonly string[] = environment.match(/^[A-Z_]+(?==)/gm) ?? [];
    expect(spokenOf.filter((name) => !known.has(name) && !ofCompose.includes(name))).to.deep.equal([]);
  });
});
