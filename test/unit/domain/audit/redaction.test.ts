import { expect } from 'chai';
import fc from 'fast-check';
import { auditBody, redactText } from '../../../../src/domain/audit/redaction.ts';
import type { Json } from '../../../../src/domain/shared/json.ts';

const SERVICE_TOKEN = `ist_${'aB3-_'.repeat(9).slice(0, 43)}`;
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZG1pbiJ9.c2lnbmF0dXJl_-';
const GOOGLE_KEY = `AIzaSy${'D9x_-'.repeat(7).slice(0, 33)}`;
const GOOGLE_ACCESS = 'ya29.a0AfH6SMBx-planted_token';
const secrets = [SERVICE_TOKEN, JWT, GOOGLE_KEY, GOOGLE_ACCESS];

const KIB_16 = 16 * 1024;
const sizeOf = (body: Json): number => Buffer.byteLength(JSON.stringify(body));
const nested = (depth: number, innermost: Json): Json => {
  let value = innermost;
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { inner: value };
  return value;
};

describe('redaction of texts', () => {
  for (const secret of secrets) {
    it(`finds ${secret.slice(0, 6)}… wherever it was pasted`, () => {
      const places = [
        secret,
        `before ${secret} after`,
        `my_${secret}`,
        `x=${secret}`,
        `["${secret}"]`,
        `line\\n${secret}`,
        `https://host/path/${secret}?q=1`,
        `улица${secret}`,
      ];
      for (const text of places)
        expect(redactText(text), text).to.include('[redacted]').and.not.include(secret);
    });
  }

  it('finds a token that runs on behind a letter', () => {
    expect(redactText(`n${SERVICE_TOKEN}`)).to.not.include(SERVICE_TOKEN.slice(4));
    expect(redactText(`n${GOOGLE_KEY}`)).to.not.include(GOOGLE_KEY.slice(4));
  });

  it('leaves nothing of a JWT, with or without its signature, and of an encrypted one', () => {
    const parts = JWT.split('.');
    expect(redactText(`${parts[0]}.${parts[1]}.`)).to.equal('[redacted]');
    expect(redactText(`${JWT}.${parts[1]}.${parts[2]}`)).to.equal('[redacted]');
  });

  it('takes secrets out of URLs and keeps the rest', () => {
    const text =
      'GET https://user:pa55@host/geocode?apikey=1234-abcd&lang=ru_RU&x.signature=ff%20#top failed';
    expect(redactText(text)).to.equal(
      'GET https://[redacted]@host/geocode?apikey=[redacted]&lang=ru_RU&x.signature=[redacted]#top failed',
    );
  });

  it('removes from a query every value whose name ends like a secret’s, and keeps the next one', () => {
    const longest = 'n'.repeat(40);
    for (const name of ['userkey', 'X-Apptoken', 'mail.userpwd', 'clientsig', `${longest}secret`])
      for (const mark of '?&;')
        expect(redactText(`/x${mark}${name}=pl41n%20+/&lang=ru`), name).to.equal(
          `/x${mark}${name}=[redacted]&lang=ru`,
        );
  });

  it('removes user information from URLs, also a password without a user and a key in the user’s place', () => {
    expect(redactText('redis://:pa55@redis:6379 is away')).to.equal('redis://[redacted]@redis:6379 is away');
    expect(redactText('amqp://user:pa@55@mq/')).to.equal('amqp://[redacted]@mq/');
    expect(redactText('https://ghp_0123456789@host/x')).to.equal('https://[redacted]@host/x');
    expect(redactText('https://ghp_01@23@45@host/x')).to.equal('https://[redacted]@host/x');
  });

  for (const password of ['pa#55', 'pa?55', '#', '?', "pa'55", 'pa<55>', 'p#a@5?5', 'p@a@5#5'])
    it(`removes a password that was not URL-encoded: ${password}`, () => {
      for (const user of ['user', ''])
        expect(redactText(`postgres://${user}:${password}@db.test/x is no URL`)).to.equal(
          'postgres://[redacted]@db.test/x is no URL',
        );
    });

  it('lets what is quoted behind a URL with a port alone', () => {
    const text = '{"at":"https://maps.example.test:8443","by":"a@b.example"}';
    expect(redactText(text)).to.equal(text);
  });

  it('takes out what follows Bearer and Basic', () => {
    expect(redactText('Authorization: Bearer abc.DEF-123~')).to.equal('Authorization: [redacted]');
    expect(redactText('basic dXNlcjpwYXNzd29yZA==')).to.equal('[redacted]');
  });

  it('takes out the shortest of each, in any case and behind several spaces', () => {
    for (const text of [
      'ist_12345678',
      'AIza123456789012',
      'ya29.12345678',
      'eyJ12345678',
      'BEARER   12345678',
      'bearer 12345678',
      'Basic  dXNlcjpwYXNzd29y',
      'BASIC dXNlcjpwYXNzd29y',
      'bEaReR 12345678',
      'bASic dXNlcjpwYXNzd29y',
    ])
      expect(redactText(text), text).to.equal('[redacted]');
  });

  for (const [name, text, kept] of [
    ['the beginning of a form', 'apikey=pl41n&lang=ru', 'apikey=[redacted]&lang=ru'],
    ['a query in odd letters', 'lang=ru&Api_Key=pl41n', 'lang=ru&Api_Key=[redacted]'],
    [
      'a sentence',
      'refused: key=pl41n (client_secret=pl41n)',
      'refused: key=[redacted] (client_secret=[redacted]',
    ],
    ['a form for a token', 'grant_type=jwt&assertion=pl41n', 'grant_type=jwt&assertion=[redacted]'],
    ['one word of two', 'accessToken=pl41n', 'accessToken=[redacted]'],
    ['JSON in a text', '{"api_key": "pl\\"41n","lang":"ru"}', '{"api_key": "[redacted]","lang":"ru"}'],
    [
      'JSON in JSON',
      JSON.stringify('{"password":"pl41n","a":1}'),
      JSON.stringify('{"password":"[redacted]","a":1}'),
    ],
    [
      'JSON in JSON, where a word goes before the name',
      JSON.stringify('{"mail.smtp-password": "pl41n","a":1}'),
      JSON.stringify('{"mail.smtp-password": "[redacted]","a":1}'),
    ],
    [
      'a key file',
      '{"private_key_id":"pl41n","private_key":"-----BEGIN RSA PRIVATE KEY-----\\npl41n\\n-----END RSA PRIVATE KEY-----","type":"x"}',
      '{"private_key_id":"[redacted]","private_key":"[redacted]","type":"x"}',
    ],
  ] as const)
    it(`takes out the value behind a secret's name in ${name}`, () =>
      expect(redactText(text)).to.equal(kept));

  it('keeps a text of exactly 32 Ki characters whole and cuts one more', () => {
    const fitting = 'x'.repeat(32 * 1024);
    expect(redactText(fitting)).to.equal(fitting);
    expect(redactText(`${fitting}x`)).to.equal(`${fitting}[cut]`);
  });

  it('takes out private keys', () => {
    const pem = '-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----';
    expect(redactText(`{"k":"${pem}"}`)).to.not.include('MIIE');
  });

  for (const text of [
    'Москва, ул. Тверская, д. 13, кв. 5',
    'Basic education centre, Ist street 5',
    'exist_ and eyJ and AIza alone',
    'exist_yes, ist_short, AIzaShort, ya29.abc and eyJab are too short',
    'bearer of news, Basic education',
    'turkey=Istanbul',
    'https://maps.example.test/api?address=Key+West&language=en',
    'https://maps.example.test/@55.75,37.61,17z and https://maps.example.test?to=a@b.example',
    'https://example.test wrote to a@b.example',
    '',
  ]) {
    it(`leaves "${text.slice(0, 30)}" unchanged`, () => expect(redactText(text)).to.equal(text));
  }

  it('changes nothing when it is done twice', () => {
    const piece = fc.oneof(
      fc.constantFrom(...secrets, ' ', '.', '?key=', '&token=', '://a:b@', 'key=', '"key":"', '\\"'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const once = redactText(pieces.join(''));
        expect(redactText(once)).to.equal(once);
      }),
    );
  });

  for (const unit of [
    'eyJ',
    'eyJ-',
    'eyJaaaaaaaa.',
    'ist_',
    '&key',
    '://a:',
    '://a@',
    '-----BEGIN PRIVATE KEY-----',
    'bearer ',
    'key=',
    'api_',
    '"key":"',
    '\\"key\\":\\"',
    '"key_',
  ]) {
    it(`takes linear time for a megabyte of "${unit}"`, () => {
      const text = unit.repeat(Math.ceil(1_048_576 / unit.length));
      expect(redactText(text).length).to.be.at.most(text.length * 2);
    });
  }
});

describe('redaction of bodies', () => {
  it('removes values by their names, at any depth, whatever their type', () => {
    const body = {
      api_key: 'plain',
      'X-Goog-Api-Key': 'plain',
      nested: [{ refreshToken: { a: 1 } }, { Password: 7 }, { set_cookie: ['a'] }, { jwt: 'x', sig: 'y' }],
    };
    expect(auditBody(body)).to.deep.equal({
      api_key: '[redacted]',
      'X-Goog-Api-Key': '[redacted]',
      nested: [
        { refreshToken: '[redacted]' },
        { Password: '[redacted]' },
        { set_cookie: '[redacted]' },
        { jwt: '[redacted]', sig: '[redacted]' },
      ],
    });
  });

  it('recognises a short secret name as a separate word, and a harmless one only when it stands alone', () => {
    const names = ['auth', 'user_auth', 'x-sig', 'jwt_id', 'my_cache_key', 'cache_key_secret'];
    for (const name of names)
      expect(auditBody({ [name]: 'plain' }), name).to.deep.equal({ [name]: '[redacted]' });
    const harmless = { oauthor: 'a', signal: 'b', assigned: 'c' };
    expect(auditBody(harmless)).to.deep.equal(harmless);
  });

  it('keeps names that only look secret, and all other values', () => {
    const body = {
      cache_key: 'v1:t:geocode:x',
      dedupe_key: 'd',
      author: 'a',
      design: 1,
      on: true,
      off: null,
    };
    expect(auditBody(body)).to.deep.equal(body);
  });

  it('takes secrets out of names too', () => {
    expect(JSON.stringify(auditBody({ [SERVICE_TOKEN]: 1 }))).to.not.include(SERVICE_TOKEN);
  });

  it('never lets a planted secret through, at any position, cut or whole', () => {
    const leaf = fc.oneof(
      fc.constantFrom<Json>(...secrets, null, true, 3),
      fc.string({ unit: 'binary' }),
      fc.integer({ min: 3_000, max: 9_000 }).map((length) => 'z'.repeat(length)),
    );
    const { body } = fc.letrec<{ body: Json }>((tie) => ({
      body: fc.oneof(
        { maxDepth: 5 },
        leaf,
        fc.array(tie('body'), { maxLength: 5 }),
        fc.dictionary(fc.oneof(fc.string(), fc.constantFrom(...secrets)), tie('body'), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(body, (given) => {
        const kept = JSON.stringify(auditBody(given));
        for (const secret of secrets) expect(kept).to.not.include(secret);
      }),
    );
  });

  it('keeps a body of exactly 16 KiB whole and cuts one byte more', () => {
    const fitting = 'x'.repeat(KIB_16 - 2);
    expect(auditBody(fitting)).to.equal(fitting);
    expect(auditBody(`${fitting}x`)).to.have.property('truncated', true);
  });

  it('counts bytes, not characters', () => {
    const cyrillic = 'я'.repeat(9_000);
    expect(auditBody(cyrillic)).to.have.property('truncated', true);
  });

  it('keeps the beginning of a cut body', () => {
    const body = { first: 'the beginning', rest: 'y'.repeat(50_000) };
    const kept = auditBody(body) as { beginning: string };
    expect(kept.beginning.startsWith('{"first":"the beginning","rest":"yyy')).to.equal(true);
    expect(kept.beginning.length).to.be.greaterThan(15_000);
  });

  it('is never larger than 16 KiB of JSON, also when every character has to be escaped', () => {
    const unit = fc.constantFrom('"', '\\', '\u0001', 'я', '😀', '\ud83d', 'a', '\n');
    fc.assert(
      fc.property(
        fc.array(unit, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 4_000 }),
        (units, times) => {
          const kept = auditBody({ text: units.join('').repeat(times) });
          expect(sizeOf(kept)).to.be.at.most(KIB_16);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('does not cut a pair of surrogates in two', () => {
    for (const shift of ['', 'a', 'ab', 'abc']) {
      const kept = auditBody(shift + '😀'.repeat(20_000)) as { beginning: string };
      expect(kept.beginning.isWellFormed()).to.equal(true);
    }
  });

  it('accepts any depth, omits what is nested too deeply, and any secret in it', () => {
    const kept = JSON.stringify(auditBody(nested(200_000, { api_key: SERVICE_TOKEN })));
    expect(kept).to.include('[too deep]').and.not.include(SERVICE_TOKEN);
    expect(auditBody(nested(31, 'kept'))).to.deep.equal(nested(31, 'kept'));
    expect(JSON.stringify(auditBody(nested(32, ['gone'])))).to.not.include('gone');
  });

  it('bears a body of ten megabytes and a hundred thousand fields', () => {
    expect(auditBody('eyJ-'.repeat(2_500_000))).to.equal('[redacted][cut]');
    const wide = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`field ${n}`, `value ${n}`]));
    expect(auditBody(wide)).to.have.property('truncated', true);
  });
});
