import { expect } from 'chai';

import { get, google, json, withSandbox } from './with-sandbox.ts';

describe('sandbox: Google Geocoding', () => {
  const sandbox = withSandbox();

  it('assumes any street and house of a known city to exist, each at a separate place', async () => {
    const streets = ['Навои', 'Мукими', 'Шота Руставели'];
    const houses = streets.flatMap((street) =>
      [1, 2, 17].map((house) => `Ташкент, улица ${street}, ${house}`),
    );
    const answers = await Promise.all(houses.map((address) => google(sandbox(), { address })));
    const points = answers.map(({ body }) => body.results[0]?.geometry.location);
    expect(new Set(points.map((point) => `${point?.lat},${point?.lng}`)).size).to.equal(houses.length);
    for (const { body } of answers) {
      expect(body.status).to.equal('OK');
      expect(body.results[0]?.geometry.location_type).to.equal('ROOFTOP');
      expect(body.results[0]?.types).to.deep.equal(['street_address']);
      expect(body.results[0]).not.to.have.property('partial_match');
    }
    for (const point of points) {
      expect(point?.lat).to.be.closeTo(41.2995, 0.05);
      expect(point?.lng).to.be.closeTo(69.2401, 0.05);
    }
  });

  it('gives spellings of one address the same place, and another house another', async () => {
    const spellings = [
      'Ташкент, ул. Мукими, 17',
      'г. Ташкент,  улица Мукими, д. 17, кв. 4',
      'Мукими ул., 17, ТАШКЕНТ',
    ];
    const answers = await Promise.all(spellings.map((address) => google(sandbox(), { address })));
    const ids = answers.map(({ body }) => JSON.stringify(body.results[0]?.geometry.location));
    expect(new Set(ids).size).to.equal(1);
    const other = await google(sandbox(), { address: 'Ташкент, ул. Мукими, 17А' });
    expect(JSON.stringify(other.body.results[0]?.geometry.location)).not.to.equal(ids[0]);
  });

  it('puts a differently spelled house of a fixture where the fixture has it', async () => {
    const { body } = await google(sandbox(), { address: 'Тверская улица, дом 13, Москва', language: 'en' });
    expect(body.results[0]?.geometry.location).to.deep.equal({ lat: 55.7617, lng: 37.609 });
  });

  it('finds a fixture with other region, bounds and key, and not in another language', async () => {
    const query = { address: 'Ташкент, ул. Алишера Навои, 30', region: 'ru', bounds: '41,69|42,70' };
    const same = await google(sandbox(), query);
    expect(same.body.results[0]?.formatted_address).to.match(/улица Алишера Навои, 30/u);
    const english = await google(sandbox(), { ...query, language: 'en' });
    expect(english.body.results[0]?.formatted_address).to.match(/Tashkent, Uzbekistan/u);
    expect(english.body.results[0]?.geometry.location).to.deep.equal(same.body.results[0]?.geometry.location);
  });

  for (const [address, city] of [
    ['Toshkent', 'Ташкент'],
    ['Самарқанд', 'Самарканд'],
    ['Buxoro', 'Бухара'],
    ['СПб', 'Санкт-Петербург'],
    ['Россия, Казань', 'Казань'],
  ] as const) {
    it(`answers ${address} alone with the city`, async () => {
      const { body } = await google(sandbox(), { address });
      expect(body.results[0]?.geometry.location_type).to.equal('APPROXIMATE');
      expect(body.results[0]?.types).to.deep.equal(['locality', 'political']);
      expect(body.results[0]?.formatted_address).to.match(new RegExp(`^${city}`, 'u'));
    });
  }

  it('marks an answer that is coarser than what was asked', async () => {
    const street = await google(sandbox(), { address: 'Бухара, улица Навои, 7777' });
    expect(street.body.results[0]?.geometry.location_type).to.equal('GEOMETRIC_CENTER');
    expect(street.body.results[0]?.partial_match).to.equal(true);
    const city = await google(sandbox(), { address: 'Бухара, улица Несуществующая, 7' });
    expect(city.body.results[0]?.geometry.location_type).to.equal('APPROXIMATE');
    expect(city.body.results[0]?.partial_match).to.equal(true);
  });

  it('finds nothing for nonsense, a street without a town and a contradicting country', async () => {
    for (const query of [
      { address: 'qwertyuiop' },
      { address: 'ул. Мукими, 17' },
      { address: 'Ташкент, ул. Мукими, 17', components: 'country:GB' },
    ]) {
      const { status, body } = await google(sandbox(), query);
      expect(status).to.equal(200);
      expect(body).to.deep.equal({ results: [], status: 'ZERO_RESULTS' });
    }
    expect(sandbox().counters().providers.google.outcomes.no_match).to.equal(3);
  });

  it('reads an address out of components', async () => {
    const { body } = await google(sandbox(), { components: 'route:Мукими|locality:Ташкент|country:UZ' });
    expect(body.results[0]?.types).to.deep.equal(['route']);
  });

  it('finds a house, its street, town and country around a point, most specific first', async () => {
    const { body } = await google(sandbox(), { latlng: '41.31,69.25' });
    const types = body.results.map((result) => result.types[0]);
    expect(types).to.deep.equal(['street_address', 'route', 'locality', 'country']);
    expect(body.results[0]?.geometry.location.lat).to.be.closeTo(41.31, 0.001);
    expect(body.plus_code?.compound_code).to.match(/ Tashkent, Uzbekistan$/u);
    const filtered = await google(sandbox(), { latlng: '41.31,69.25', result_type: 'country|route' });
    expect(filtered.body.results.map((result) => result.types[0])).to.deep.equal(['route', 'country']);
  });

  it('finds a recorded point with any number of decimals', async () => {
    const { body } = await google(sandbox(), { latlng: '55.76170,37.60900' });
    expect(body.results[0]?.formatted_address).to.equal('Тверская улица, 13, Москва, Россия, 125032');
  });

  it('answers a swapped pair with nothing, and counts it', async () => {
    const { body } = await google(sandbox(), { latlng: '37.6173,55.7558' });
    expect(body.status).to.equal('ZERO_RESULTS');
    await google(sandbox(), { latlng: '55.7558,37.6173' });
    await google(sandbox(), { latlng: '0,0' });
    expect(sandbox().counters().providers.google.swapped_coordinates).to.equal(1);
  });

  for (const [name, query] of [
    ['nothing to look for', {}],
    ['two things at once', { address: 'Москва', latlng: '55,37' }],
    ['a latitude of 91', { latlng: '91,10' }],
    ['an exponent', { latlng: '8.1E-05,37' }],
    ['a repeated country', { components: 'country:RU|country:UZ' }],
    ['an id with a region', { place_id: 'ChIJ', region: 'uz' }],
    ['an id with bounds', { place_id: 'ChIJ', bounds: '41,69|42,70' }],
  ] as const) {
    it(`refuses ${name} with 400`, async () => {
      const { status, body } = await google(sandbox(), query);
      expect(status).to.equal(400);
      expect(body.status).to.equal('INVALID_REQUEST');
      expect(sandbox().counters().providers.google.outcomes.invalid).to.equal(1);
    });
  }

  it('finds a place again by the id it gave', async () => {
    const found = await google(sandbox(), { address: 'Москва, ул. Тверская, 13' });
    const placeId = found.body.results[0]?.place_id ?? '';
    const again = await google(sandbox(), { place_id: placeId });
    expect(again.body.results[0]?.place_id).to.equal(placeId);
  });

  it('answers without a language, and counts that', async () => {
    const url = `${sandbox().googleBaseUrl}/geocode/json`;
    const query = { address: 'Ташкент, ул. Мукими, 17', key: 'SANDBOX-T' };
    await get(url, query);
    await get(url, { ...query, language: 'ru_RU' });
    const { missing_language, bad_lang_form } = sandbox().counters().providers.google.bad_requests;
    expect({ missing_language, bad_lang_form }).to.deep.equal({ missing_language: 1, bad_lang_form: 1 });
  });

  it('refuses a key that is missing or not of the sandbox, with HTTP 200', async () => {
    const url = `${sandbox().googleBaseUrl}/geocode/json`;
    for (const key of [{}, { key: '' }, { key: 'AIza-something' }]) {
      const answered = await get(url, { address: 'Москва', ...key });
      expect(answered.status).to.equal(200);
      expect(json<{ status: string }>(answered).status).to.equal('REQUEST_DENIED');
    }
    expect(sandbox().counters().providers.google.outcomes.denied).to.equal(3);
  });
});
