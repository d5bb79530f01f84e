import { expect } from 'chai';
import type { ApiClient } from '../support/api-client.ts';
import { commandSender, type CommandSender } from '../support/command-sender.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { startPrivateBroker, type PrivateBroker } from '../support/private-broker.ts';
import { rabbitmqServer } from '../support/rabbitmq-server.ts';
import { aKeyPair } from '../support/service-account.ts';
import { keyed, registerUnlimitedSheets, sheetsCalls, valuesPath } from '../support/sheets-gateway.ts';
import type { Problem } from '../support/wire.ts';

const TENANT = 'sheets-refusals';
const NOT_THERE = '1'.repeat(44);

type Refused = {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly pointers: readonly string[];
};
type Document = Partial<Problem>;

const refusedOf = (status: number, { code = '', detail = '', errors = [] }: Document): Refused => ({
  status,
  code,
  detail,
  pointers: errors.map(({ pointer }) => pointer),
});

describe('Refusals of spreadsheet requests, over HTTP and the bus', () => {
  let broker: PrivateBroker;
  let gateway: Gateway;
  let api: ApiClient;
  let sender: CommandSender;
  let email: string;
  let ids: { readonly [name: string]: string };
  before(async () => {
    await rabbitmqServer();
    broker = await startPrivateBroker();
    gateway = await startGateway({ RABBITMQ_URL: broker.url, RATE_LIMIT_SHEETS_PER_MINUTE: '0' });
    api = await gateway.administrator(TENANT);
    const { sandbox } = gateway;
    email = await registerUnlimitedSheets(api, sandbox);
    const add = sandbox.sheets.addSpreadsheet;
    const shared_with = [email];
    // Ten cells below the maximum, and the next row has 26.
    const full = [
      { title: 'Sheet1', rows: 1, values: [['a']] },
      { title: 'Large', rows: 384_614, columns: 26 },
    ];
    ids = {
      good: add({ shared_with }),
      hidden: add({ shared_with: [] }),
      office: add({ shared_with, kind: 'office' }),
      document: add({ shared_with, kind: 'document' }),
      missing: NOT_THERE,
      full: add({ shared_with, sheets: full }),
      closed: add({ shared_with, sheets: [{ title: 'Sheet1', protected: ['A:A'] }] }),
    };
    sender = await commandSender(broker.url, TENANT);
  });
  after(async () => {
    await sender.close();
    await gateway.stop();
    await broker.dispose();
  });

  const http = async (verb: Verb, id: string, range: string, body: object): Promise<Refused> => {
    const [method, end] = VERBS[verb];
    const answer = await api.ask<Document>(
      method,
      `${valuesPath(id, range)}${end}`,
      method === 'GET' ? {} : { body },
    );
    return refusedOf(answer.status, answer.body);
  };
  const bus = async (verb: Verb, id: string, range: string, body: object): Promise<Refused> => {
    const given = verb === 'read' ? {} : body;
    const answer = await sender.ask(`integration.command.sheets.${verb}`, {
      spreadsheet_id: id,
      range,
      ...given,
    });
    return refusedOf(answer.status, answer.body as Document);
  };
  type Verb = 'read' | 'write' | 'append';
  const VERBS = { read: ['GET', ''], write: ['PUT', ''], append: ['POST', '/append'] } as const;
  const ALL: readonly Verb[] = ['read', 'write', 'append'];
  const WRITES: readonly Verb[] = ['write', 'append'];
  const cell = { values: [['x']] };

  type Case = {
    readonly what: string;
    readonly verbs?: readonly Verb[];
    readonly id?: string;
    readonly range?: string;
    readonly body?: object;
    readonly is: readonly [status: number, code: string];
    readonly says?: () => RegExp;
    readonly points?: readonly string[];
  };
  const invalid = [422, 'invalid-input'] as const;
  const rejected = [422, 'request-rejected'] as const;
  const cases: readonly Case[] = [
    {
      what: 'a spreadsheet that is not shared',
      id: 'hidden',
      is: rejected,
      says: () => new RegExp(`share the spreadsheet with ${email.replaceAll('.', '\\.')}`),
    },
    { what: 'one that does not exist', id: 'missing', is: [404, 'not-found'] },
    { what: 'a document that is none', id: 'document', is: [404, 'not-found'] },
    { what: 'an .xlsx file', id: 'office', is: rejected, says: () => /convert to Google Sheets/ },
    { what: 'a sheet that does not exist', range: 'Нет!A1', is: rejected },
    {
      what: 'a range off the grid of the sheet',
      range: 'Sheet1!AB1',
      is: rejected,
      says: () => /exceeds grid limits/,
    },
    { what: 'a range off any grid', range: 'Sheet1!AAAA1', is: invalid, points: ['/range'] },
    { what: 'row 0', range: 'A0', is: invalid, points: ['/range'] },
    { what: 'ends that make no rectangle', range: 'A:A5', is: invalid, points: ['/range'] },
    { what: 'an end before the start', range: 'C2:A', is: invalid, points: ['/range'] },
    { what: 'more than ten million cells', range: 'A1:J1000001', is: invalid, points: ['/range'] },
    { what: 'A1 beside R1C1', range: 'A1:R2C2', is: invalid, points: ['/range'] },
    { what: 'half a range', range: 'A1:', is: invalid, points: ['/range'] },
    { what: 'a title that looks like a cell', range: 'CRM26!A1', is: invalid, points: ['/range'] },
    {
      what: 'more cells than ten million with those there are',
      verbs: ['append'],
      id: 'full',
      body: { values: [['x', 'y']] },
      is: rejected,
    },
    {
      what: 'a protected cell',
      verbs: WRITES,
      id: 'closed',
      is: rejected,
      says: () => /protected cell/,
    },
    {
      what: 'no rectangle',
      verbs: WRITES,
      body: { values: [[1, 2], [3]] },
      is: invalid,
      points: ['/values/1'],
    },
    { what: 'no rows', verbs: WRITES, body: { values: [] }, is: invalid, points: ['/values'] },
    {
      what: 'an object for a cell',
      verbs: WRITES,
      body: { values: [[{ a: 1 }]] },
      is: invalid,
      points: ['/values/0/0'],
    },
    {
      what: 'a list for a cell',
      verbs: WRITES,
      body: { values: [[['a']]] },
      is: invalid,
      points: ['/values/0/0'],
    },
    {
      what: 'a text too long for a cell',
      verbs: WRITES,
      body: { values: [['x'.repeat(50_001)]] },
      is: invalid,
      points: ['/values/0/0'],
    },
    {
      what: 'a number that lost digits',
      verbs: WRITES,
      body: { values: [[2 ** 53]] },
      is: invalid,
      points: ['/values/0/0'],
    },
    {
      what: 'more values than the range has cells',
      verbs: ['write'],
      range: 'A1:B1',
      body: { values: [[1, 2, 3]] },
      is: invalid,
      points: ['/range'],
    },
    {
      what: 'rows wider than any grid',
      verbs: WRITES,
      range: 'Sheet1!B:ZZZ',
      body: { values: [Array.from({ length: 18_278 }, () => 1)] },
      is: invalid,
      points: ['/range'],
    },
    {
      what: 'more rows than any grid has of that width',
      verbs: ['append'],
      range: 'Sheet1!ZZY:ZZZ',
      body: { values: Array.from({ length: 548 }, () => [1, 2]) },
      is: invalid,
      points: ['/range'],
    },
    {
      what: 'a formula without leave',
      verbs: WRITES,
      body: { values: [[{ formula: '=1' }]] },
      is: invalid,
      points: ['/values/0/0'],
    },
    {
      what: 'formulas that its service does not allow',
      verbs: WRITES,
      body: { values: [[{ formula: '=1' }]], value_input_option: 'USER_ENTERED', allow_formulas: true },
      is: rejected,
      says: () => /"allow_formulas": true/,
    },
    {
      what: 'a cell of a formula that its service does not allow',
      verbs: WRITES,
      body: { values: [['x', { formula: '=1' }]], value_input_option: 'USER_ENTERED' },
      is: rejected,
      says: () => /"allow_formulas": true/,
    },
    {
      what: 'an option that is none',
      verbs: WRITES,
      body: { ...cell, value_input_option: 'COOKED' },
      is: invalid,
      points: ['/value_input_option'],
    },
  ];

  for (const { what, verbs = ALL, id = 'good', range = 'Sheet1!A1', body = cell, is, says, points } of cases)
    for (const verb of verbs)
      it(`report ${what}: ${verb}`, async () => {
        for (const refused of [
          await http(verb, ids[id] ?? '', range, body),
          await bus(verb, ids[id] ?? '', range, body),
        ]) {
          expect([refused.status, refused.code], refused.detail).to.deep.equal([...is]);
          if (points !== undefined) expect(refused.pointers).to.deep.equal(points);
          if (says !== undefined) expect(refused.detail).to.match(says());
        }
      });

  for (const range of ['D4:A1', 'A2:ZZ10000', 'R[3]C[3]:R1C1', 'A01'])
    it(`do not object to ${range}`, async () => {
      const id = ids['good'] ?? '';
      for (const answer of [await http('read', id, range, {}), await bus('read', id, range, {})])
        expect(answer.status).to.equal(200);
    });

  for (const [what, headers] of [
    ['with keys', keyed],
    ['without', () => ({})],
  ] as const)
    it(`name the account to each of a hundred concurrent appends, ${what}, after a few calls`, async () => {
      const path = `${valuesPath(ids['hidden'] ?? '', 'Sheet1')}/append`;
      const before = sheetsCalls(gateway.sandbox);
      // A busy machine needs a while to send them all, and they wait for each other only while one is in progress.
      gateway.sandbox.sheets.control({ latency_ms: 500 });
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, n) => api.post<Problem>(path, cell, headers(`hidden-${n}`))),
      );
      gateway.sandbox.sheets.control({ latency_ms: 0 });
      for (const { status, body } of answers) {
        expect([status, body.code]).to.deep.equal([...rejected]);
        expect(body.detail).to.contain(email);
      }
      expect(sheetsCalls(gateway.sandbox) - before).to.be.within(1, 10);
    });

  it('report a key that was used for a different body', async () => {
    const path = `${valuesPath(ids['good'] ?? '', 'Sheet1')}/append`;
    expect((await api.post(path, cell, keyed('one-key'))).status).to.equal(200);
    const other = await api.post<Problem>(path, { values: [['y']] }, keyed('one-key'));
    expect([other.status, other.body.code]).to.deep.equal([422, 'idempotency-mismatch']);
    const command = { spreadsheet_id: ids['good'], range: 'Sheet1' };
    const append = 'integration.command.sheets.append';
    const messageId = 'one-message';
    expect((await sender.ask(append, { ...command, ...cell }, { messageId })).status).to.equal(200);
    const repeated = await sender.ask(append, { ...command, values: [['y']] }, { messageId });
    expect(repeated.body['code']).to.equal('idempotency-mismatch');
  });

  describe('when a service is stored', () => {
    const store = async (key: object, config: object = {}): Promise<Refused> => {
      const answer = await api.post<Document>('/services', {
        service_name: 'sheets_two',
        service_type: 'spreadsheet',
        provider: 'google_sheets',
        base_url: gateway.sandbox.sheetsBaseUrl,
        credentials: key,
        config: { token_url: gateway.sandbox.tokenUrl, ...config },
      });
      return refusedOf(answer.status, answer.body);
    };
    const key = () => gateway.sandbox.sheets.serviceAccount();
    const bad: readonly (readonly [what: string, change: object, pointers: readonly string[]])[] = [
      ['no key of a service account', { type: 'authorized_user' }, ['/credentials/type']],
      [
        'one that names programs to run',
        { type: 'external_account', credential_source: { executable: { command: 'x' } } },
        ['/credentials/type'],
      ],
      [
        'a broken PEM',
        { private_key: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n' },
        ['/credentials/private_key'],
      ],
      [
        'a public key',
        { private_key: aKeyPair().publicKey.export({ type: 'spki', format: 'pem' }) },
        ['/credentials/private_key'],
      ],
      [
        'another token host',
        { token_uri: 'https://elsewhere.example.test/token' },
        ['/credentials/token_uri'],
      ],
      [
        'no e-mail and no project',
        { client_email: 'x', project_id: '' },
        ['/credentials/client_email', '/credentials/project_id'],
      ],
    ];
    for (const [what, change, pointers] of bad)
      it(`report ${what}`, async () => {
        const refused = await store({ ...key(), ...change });
        expect([refused.status, refused.code]).to.deep.equal([...invalid]);
        expect(refused.pointers).to.deep.equal(pointers);
      });

    it('report wrong settings, with everything else, also when a service is changed', async () => {
      const config = {
        account_reads_per_minute: 0,
        project_writes_per_minute: '300',
        timeout_ms: -1,
        speed: 9,
      };
      const pointers = Object.keys(config).map((name) => `/config/${name}`);
      expect((await store({ ...key(), type: 'x' }, config)).pointers).to.have.members([
        ...pointers,
        '/credentials/type',
      ]);
      const services = await api.get<{ data: readonly { id: string }[] }>(
        '/services?service_type=spreadsheet',
      );
      const path = `/services/${services.body.data[0]?.id}`;
      const etag = (await api.get(path)).headers.get('etag') ?? '';
      const body = { config: { token_url: gateway.sandbox.tokenUrl, ...config } };
      const changed = await api.ask<Problem>('PATCH', path, { body, headers: { 'if-match': etag } });
      expect(changed.body.errors?.map(({ pointer }) => pointer)).to.have.members(pointers);
    });
  });
});
