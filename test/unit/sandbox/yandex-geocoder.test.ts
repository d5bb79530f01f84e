import { expect } from 'chai';

import { get, json, withSandbox, yandex } from './with-sandbox.ts';

describe('sandbox: Yandex Geocoder', () => {
  const sandbox = withSandbox();

  it('finds any house of a known city at the point where Google has it, longitude first', async () => {
    const { meta, objects } = await yandex(sandbox(), { geocode: 'Самарканд, ул. Рудаки, 8' });
    expect(meta).to.deep.equal({ request: 'Самарканд, ул. Рудаки, 8', results: '10', found: '1' });
    expect(objects[0]).to.include({ kind: 'house', precision: 'exact' });
    expect(objects[0]?.text).to.equal('Узбекистан, Самарканд, улица Рудаки, 8');
    const [lng, lat] = (objects[0]?.pos ?? '').split(' ').map(Number);
    expect(lng).to.be.closeTo(66.9597, 0.05);
    expect(lat).to.be.closeTo(39.6542, 0.05);
  });

  it('speaks English when asked', async () => {
    const { objects } = await yandex(sandbox(), { geocode: 'Samarkand, Rudaki street, 8', lang: 'en_US' });
    expect(objects[0]?.text).to.equal('Uzbekistan, Samarkand, Rudaki Street, 8');
  });

  it('answers a city alone, an unknown street and nonsense as coarsely as the real one', async () => {
    const city = await yandex(sandbox(), { geocode: 'Лондон' });
    expect(city.objects[0]).to.include({ kind: 'locality', precision: 'other' });
    const unknown = await yandex(sandbox(), { geocode: 'Москва, улица Несуществующая, 3' });
    expect(unknown.objects[0]).to.include({ kind: 'locality', precision: 'other' });
    const street = await yandex(sandbox(), { geocode: 'Москва, Кутузовский проспект' });
    expect(street.objects[0]).to.include({ kind: 'street', precision: 'street' });
    const nothing = await yandex(sandbox(), { geocode: 'zzzzzz' });
    expect(nothing.meta).to.include({ found: '0' });
    expect(nothing.objects).to.deep.equal([]);
  });

  it('treats coordinates in the text as a reverse geocode and keeps to the requested kind', async () => {
    const all = await yandex(sandbox(), { geocode: '69.25,41.31' });
    expect(all.objects.map(({ kind }) => kind)).to.deep.equal(['house', 'street', 'locality']);
    expect(all.meta).to.deep.include({ found: '3', Point: { pos: '69.25 41.31' } });
    const streets = await yandex(sandbox(), { geocode: '69.25,41.31', kind: 'street' });
    expect(streets.objects.map(({ kind }) => kind)).to.deep.equal(['street']);
    expect(streets.meta).to.include({ found: '1', kind: 'street' });
  });

  it('gives one page, and the count of all', async () => {
    const page = await yandex(sandbox(), { geocode: '69.25,41.31', results: '1', skip: '1' });
    expect(page.objects.map(({ kind }) => kind)).to.deep.equal(['street']);
    expect(page.meta).to.include({ results: '1', found: '3' });
  });

  it('answers a latitude-first pair with nothing, counts it, and obeys sco', async () => {
    const swapped = await yandex(sandbox(), { geocode: '41.31,69.25' });
    expect(swapped.meta).to.include({ found: '0' });
    const told = await yandex(sandbox(), { geocode: '41.31,69.25', sco: 'latlong' });
    expect(told.objects[0]).to.include({ kind: 'house' });
    expect(sandbox().counters().providers.yandex.swapped_coordinates).to.equal(1);
  });

  it('finds recorded answers by rounded points and repeats the request unchanged', async () => {
    const { meta, objects } = await yandex(sandbox(), { geocode: '37.60900,55.76170', kind: 'house' });
    expect(objects[0]?.text).to.equal('Россия, Москва, Тверская улица, 13');
    expect(meta).to.include({ request: '37.60900,55.76170', found: '2', kind: 'house' });
  });

  it('drops what is outside a hard window', async () => {
    const query = { geocode: 'Ташкент', bbox: '37,55~38,56' };
    expect((await yandex(sandbox(), query)).objects).to.have.lengthOf(1);
    expect((await yandex(sandbox(), { ...query, rspn: '1' })).objects).to.have.lengthOf(0);
    const around = { geocode: 'Ташкент', ll: '69.24,41.3', rspn: '1' };
    expect((await yandex(sandbox(), { ...around, spn: '0.5,0.5' })).objects).to.have.lengthOf(1);
    expect((await yandex(sandbox(), { ...around, ll: '37.6,55.7', spn: '2,2' })).objects).to.have.lengthOf(0);
  });

  for (const [name, query] of [
    ['a hyphen in lang', { geocode: 'Казань', lang: 'ru-RU' }],
    ['an empty kind', { geocode: '69.25,41.31', kind: '' }],
    ['an unknown kind', { geocode: '69.25,41.31', kind: 'planet' }],
    ['51 results', { geocode: 'Казань', results: '51' }],
    ['a skip that is no multiple of results', { geocode: 'Казань', results: '10', skip: '5' }],
    ['no geocode', {}],
  ] as const) {
    it(`refuses ${name} with 400`, async () => {
      const full = { apikey: 'SANDBOX-T', lang: 'ru_RU', format: 'json', ...query };
      const answered = await get(sandbox().yandexBaseUrl, full);
      expect(answered.status).to.equal(400);
      expect(json(answered)).to.include({ statusCode: 400, error: 'Bad Request' });
    });
  }

  it('counts a language that is missing or misspelled', async () => {
    const query = { geocode: 'Казань', apikey: 'SANDBOX-T', format: 'json' };
    expect((await get(sandbox().yandexBaseUrl, query)).status).to.equal(400);
    expect((await get(sandbox().yandexBaseUrl, { ...query, lang: 'ru' })).status).to.equal(400);
    const { missing_language, bad_lang_form } = sandbox().counters().providers.yandex.bad_requests;
    expect({ missing_language, bad_lang_form }).to.deep.equal({ missing_language: 1, bad_lang_form: 1 });
  });

  it('answers at /v1, /v1/ and /1.x/, the last in XML unless told', async () => {
    const query = { geocode: 'Казань', lang: 'ru_RU', apikey: 'SANDBOX-T' };
    for (const path of ['/v1', '/v1/', '/1.x/']) {
      const answered = await get(`${sandbox().url}${path}`, { ...query, format: 'json' });
      expect(answered.headers.get('content-type')).to.match(/json/u);
    }
    const xml = await get(`${sandbox().url}/1.x/`, query);
    expect(xml.headers.get('content-type')).to.match(/xml/u);
    expect(xml.text).to.match(/<found>1<\/found>/u);
  });

  it('refuses a missing or strange key with 403', async () => {
    for (const key of [{}, { apikey: 'real-looking' }]) {
      const answered = await get(sandbox().yandexBaseUrl, { geocode: 'Казань', lang: 'ru_RU', ...key });
      expect(answered.status).to.equal(403);
    }
  });
});
