import { expect } from 'chai';
import * as fc from 'fast-check';
import {
  deliveryContent,
  LARGEST_READ_BODY,
} from '../../../../src/domain/webhook/delivery/delivery-content.ts';
import { jsonSkeleton } from '../../../../src/domain/webhook/delivery/json-skeleton.ts';
import type { SourceService } from '../../../../src/domain/webhook/scheme/signature-scheme.ts';
import { aDelivery } from '../../../support/a-delivery.ts';

const FORM = 'application/x-www-form-urlencoded';
const contentOf = (type: string, body: string | Uint8Array, source: SourceService = 'custom') =>
  deliveryContent(source, aDelivery(type === '' ? {} : { 'content-type': type }, body));

describe('the content of a delivery', () => {
  const json: readonly string[] = [
    'application/json',
    'Application/JSON; charset=utf-8',
    'application/json ; charset=utf-8',
    'application/vnd.api+json',
    'text/json',
    'text/plain',
    'application/octet-stream',
    '',
  ];
  for (const type of json)
    it(`is JSON when it is sent as "${type}"`, () =>
      expect(contentOf(type, ' {"a":1}')).to.deep.equal({
        kind: 'json',
        value: { a: 1 },
        text: ' {"a":1}',
        unwrapped: false,
      }));

  it('keeps the digits of numbers in its text', () => {
    const text = '{"id":12345678901234567890,"price":1.10}';
    expect(contentOf('application/json', text)).to.include({ text });
  });

  it('is JSON also behind a byte order mark', () => {
    expect(contentOf('application/json', '\ufeff{"a":1}')).to.deep.include({ kind: 'json', text: '{"a":1}' });
    const inside = '{"a":"\ufeffb"}';
    expect(contentOf('application/json', inside)).to.include({ text: inside });
  });

  it("is a form with doubles kept, and never one object's prototype", () => {
    const content = contentOf(FORM, 'a=1&b=%C3%BC+x&a=2&c&__proto__=p&=e&&');
    expect(content.kind === 'form' && Object.entries(content.value)).to.deep.equal([
      ['a', ['1', '2']],
      ['b', 'ü x'],
      ['c', ''],
      ['__proto__', 'p'],
      ['', 'e'],
    ]);
  });

  it('is a form of 1000 fields at most', () => {
    const body = Array.from({ length: 1_000 }, () => 'a=1').join('&');
    expect(contentOf(FORM, body).kind).to.equal('form');
    expect(contentOf(FORM, `${body}&a=1`).kind).to.equal('opaque');
  });

  it('is unwrapped from the field payload of GitHub and Slack, and of nobody else', () => {
    const body = `payload=${encodeURIComponent('{"a":1}')}`;
    for (const source of ['github', 'slack'] as const)
      expect(contentOf(FORM, body, source)).to.deep.include({
        kind: 'json',
        text: '{"a":1}',
        unwrapped: true,
      });
    expect(contentOf(FORM, `token=x&${body}&team=y`, 'slack')).to.deep.include({ text: '{"a":1}' });
    for (const source of ['twilio', 'custom'] as const)
      expect(contentOf(FORM, body, source)).to.deep.equal({ kind: 'form', value: { payload: '{"a":1}' } });
  });

  it('is JSON under the type of a form, which is not signed, when it begins and ends as JSON', () => {
    for (const body of ['{"a":1}', ' \n[1]', '\ufeff{"a":1}', `${' '.repeat(99)}{"a":1}`])
      expect(contentOf(FORM, body, 'stripe').kind, body).to.equal('json');
    expect(contentOf(FORM, '{a=1&b=2', 'custom')).to.deep.equal({
      kind: 'form',
      value: { '{a': '1', b: '2' },
    });
    const large = `{"id":"evt_1","bulk":"${'x'.repeat(LARGEST_READ_BODY)}"}`;
    expect(contentOf(FORM, large, 'stripe')).to.deep.include({
      kind: 'opaque',
      outline: { id: 'evt_1', bulk: undefined },
    });
  });

  it('stays a form when payload is not JSON or occurs twice', () => {
    for (const body of ['payload=x', 'payload={}&payload={}'])
      expect(contentOf(FORM, body, 'github').kind).to.equal('form');
  });

  const opaque: readonly (readonly [string, string, string | Uint8Array, string])[] = [
    ['broken JSON', 'application/json', '{"a":', 'unreadable'],
    ['an empty body that claims to be JSON', 'application/json', '', 'unreadable'],
    ['JSON with bytes that are no UTF-8', 'application/json', Buffer.from([0x22, 0xff, 0x22]), 'unreadable'],
    [
      'JSON nested deeper than readers bear',
      'application/json',
      '['.repeat(300) + ']'.repeat(300),
      'unreadable',
    ],
    ['broken JSON with a blank behind its type', 'application/json ; charset=utf-8', '{"a":', 'unreadable'],
    ['a form with a broken escape', FORM, 'a=%zz', 'unreadable'],
    ['a form with bytes that are no UTF-8', FORM, 'a=%ff', 'unreadable'],
    ['a form of 1001 fields', FORM, 'a=1&'.repeat(1001), 'unreadable'],
    ['XML', 'application/xml', '<a/>', 'other-type'],
    ['plain text', 'text/plain', 'hello', 'other-type'],
    ['a bare number as plain text', 'text/plain', '12', 'other-type'],
    ['bytes', '', Buffer.from([0, 1, 2]), 'other-type'],
    ['nothing', '', '', 'other-type'],
  ];
  for (const [name, type, body, reason] of opaque)
    it(`is opaque when it is ${name}`, () =>
      expect(contentOf(type, body)).to.deep.equal({ kind: 'opaque', reason }));

  it('is opaque when a form comes under another type, and its fields are known all the same', () => {
    const seen = { kind: 'opaque', reason: 'other-type', outline: { no: '7', n: ['1', '2'] } };
    expect(contentOf('text/plain', 'no=7&n=1&n=2', 'custom')).to.deep.equal(seen);
    expect(contentOf('application/json', 'no=7&n=1&n=2', 'custom')).to.deep.equal({
      ...seen,
      reason: 'unreadable',
    });
    for (const text of ['no=%zz', 'if a=b', '<a b="c"/>', '=1'])
      expect(contentOf('text/plain', text, 'custom'), text).to.deep.equal({
        kind: 'opaque',
        reason: 'other-type',
      });
  });

  it('is read up to 256 KiB, and by its upper levels beyond', () => {
    const ofSize = (size: number): string => `{"a":"${'x'.repeat(size - 8)}"}`;
    expect(contentOf('application/json', ofSize(LARGEST_READ_BODY)).kind).to.equal('json');
    expect(contentOf('application/json', ofSize(LARGEST_READ_BODY + 1))).to.deep.equal({
      kind: 'opaque',
      reason: 'large',
      outline: { a: undefined },
    });
  });

  describe('in a form of more than 256 KiB', () => {
    const json = JSON.stringify({
      body: `Течёт труба. ${'Ж'.repeat(65_000)}`,
      action: 'opened',
      n: { plus: 'a+b c' },
    });
    const form = `payload=${encodeURIComponent(json).replaceAll('%20', '+')}`;
    const outlineOf = (body: string, source: SourceService = 'github') => {
      const content = contentOf(FORM, body, source);
      expect(content).to.include({ kind: 'opaque', reason: 'large' });
      return content.kind === 'opaque' ? content.outline : expect.fail();
    };

    it('is known by the upper levels of its payload', () => {
      expect(form.length).to.be.greaterThan(LARGEST_READ_BODY);
      for (const source of ['github', 'slack'] as const)
        expect(outlineOf(form, source)).to.deep.equal({
          body: undefined,
          action: 'opened',
          n: { plus: 'a+b c' },
        });
    });

    it('is known under another media type too, which nobody signs', () => {
      for (const type of ['text/plain', 'application/octet-stream', ''])
        expect(contentOf(type, form, 'github'), type).to.deep.equal({
          kind: 'opaque',
          reason: 'large',
          outline: { body: undefined, action: 'opened', n: { plus: 'a+b c' } },
        });
    });

    it('is not known where payload is no JSON, broken, not alone, or nothing that its sender wraps', () => {
      for (const body of [
        `${form}%`,
        `${form}%2`,
        `${form}%zz`,
        `${form}&payload=%7B%7D`,
        `x${form}`,
        `payload=%22${form}`,
      ])
        expect(outlineOf(body), body.slice(-12)).to.equal(undefined);
      expect(outlineOf(form, 'custom')).to.equal(undefined);
    });

    it('is not decoded when it is larger than 8 MiB', () => {
      const padded = (bytes: number) => `${form}${'+'.repeat(bytes - form.length)}`;
      expect(outlineOf(padded(8 * 1024 * 1024))).to.include({ action: 'opened' });
      expect(outlineOf(padded(8 * 1024 * 1024 + 1))).to.equal(undefined);
    });
  });

  it('counts no brackets inside texts', () => {
    expect(contentOf('application/json', JSON.stringify(['[{\\"'.repeat(300)])).kind).to.equal('json');
    const texts = Array.from({ length: 1_200 }, (_, n) => ['[', 'a{', '"[', '\\', ']'][n % 5]);
    expect(contentOf('application/json', JSON.stringify(texts)).kind).to.equal('json');
  });

  it('is measured by how deep it nests, and not by how many brackets it has', () => {
    expect(contentOf('application/json', JSON.stringify(Array(300).fill({ a: [] }))).kind).to.equal('json');
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const nested = (depth: number) => `${open.repeat(depth - 1)}[0]${close.repeat(depth - 1)}`;
      expect(contentOf('application/json', nested(256)).kind, open).to.equal('json');
      expect(contentOf('application/json', nested(256).replace('[0]', '[[],[]]')).kind).to.equal('opaque');
      expect(contentOf('application/json', `[${nested(255)},[]]`).kind, open).to.equal('json');
      expect(contentOf('application/json', nested(257)).kind, open).to.equal('opaque');
    }
  });
});

describe('the upper levels of a large object', () => {
  const outlined = (text: string) => jsonSkeleton(Buffer.from(text));

  /** What the outline keeps of a parsed value. */
  const kept = (value: unknown, depth: number): unknown => {
    if (Array.isArray(value)) return undefined;
    // What JSON writes without an exponent although a double cannot hold it.
    if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
      return Math.abs(value) < 1e21 ? String(value) : value;
    if (typeof value !== 'object' || value === null) return value;
    if (depth > 6) return undefined;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, kept(inner, depth + 1)]));
  };

  it('are those that JSON.parse gives, arrays left out', () => {
    const anObject = fc.dictionary(fc.string({ maxLength: 20 }), fc.jsonValue({ maxDepth: 8 }));
    fc.assert(
      fc.property(anObject, fc.constantFrom(undefined, 1, '\t'), (object, indent) => {
        const text = JSON.stringify(object, undefined, indent);
        expect(outlined(text)).to.deep.equal(kept(JSON.parse(text), 1));
      }),
    );
  });

  it('keep the last of two members with one name', () => {
    expect(outlined('{"a":1,"a":2}')).to.deep.equal({ a: 2 });
  });

  it('are six', () => {
    const nested = (depth: number): object => (depth === 1 ? { end: 1 } : { a: nested(depth - 1) });
    const levels = (text: string) => text.replaceAll(/[^{]/g, '').length;
    expect(levels(JSON.stringify(outlined(JSON.stringify(nested(6)))))).to.equal(6);
    expect(outlined(JSON.stringify({ a: nested(6), b: 2 }))).to.deep.equal({ ...withoutEnd(6), b: 2 });
  });
  /** This many nested objects, of which the innermost has a member that was skipped. */
  const withoutEnd = (depth: number): object =>
    depth === 1 ? { a: undefined } : { a: withoutEnd(depth - 1) };

  it('keep names, texts and numbers of 512 bytes, and pass over longer ones', () => {
    const texts = [512, 513].map((length) => 'x'.repeat(length));
    const [short = '', long = ''] = texts;
    expect(outlined(JSON.stringify({ [short]: 1, [long]: 2, short, long }))).to.deep.equal({
      [short]: 1,
      short,
      long: undefined,
    });
    const digits = (length: number) => `1${'0'.repeat(length - 1)}`;
    const numbers = outlined(`{"short":${digits(512)},"long":${digits(513)}}`);
    expect(numbers).to.deep.equal({ short: Number(digits(512)), long: undefined });
  });

  it('keep the first five hundred members, and what is said of them later', () => {
    const names = Array.from({ length: 501 }, (_, n) => `m${n}`);
    const outline = outlined(`{${names.map((name) => `"${name}":1`).join()},"m499":2}`);
    expect(Object.keys(outline ?? {})).to.deep.equal(names.slice(0, 500));
    expect(outline).to.include({ m499: 2 });
  });

  it('are found behind texts full of quotes, backslashes and brackets', () => {
    const bulk = '\\"[{"\\'.repeat(2_000);
    expect(outlined(JSON.stringify({ bulk, list: [bulk, { bulk }], id: 'x' }))).to.deep.include({ id: 'x' });
  });

  const broken = [
    '',
    '[]',
    '"a"',
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,}',
    '{"a" 1}',
    '{"a";1}',
    '{"a":"x";"b":2}',
    '["a":1}',
    `{${'x'.repeat(600)}":1}`,
    '{a:1}',
    '{"a":tru}',
    '{"a":[',
    '{"a',
    '{,}',
  ];
  for (const text of broken)
    it(`are none of ${JSON.stringify(text)}`, () => expect(outlined(text)).to.equal(undefined));

  it('never throw, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        jsonSkeleton(Buffer.concat([Buffer.from('{"a":'), bytes]));
      }),
    );
  });

  it('of a body nested a million deep are read without a stack', () => {
    expect(outlined(`{"deep":${'['.repeat(1e6)}${']'.repeat(1e6)},"id":"x"}`)).to.deep.include({ id: 'x' });
    expect(outlined(`${'{"a":'.repeat(1e5)}1${'}'.repeat(1e5)}`)).to.not.equal(undefined);
  });
});
