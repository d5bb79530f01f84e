import { expect } from 'chai';

import { loadFixtures, type FixtureCase, type Fixtures } from '../../../sandbox/fixtures.ts';
import { withSandbox } from './with-sandbox.ts';

const send = (url: string, { request }: FixtureCase): Promise<Response> => {
  const query = new URLSearchParams(request.query).toString();
  return fetch(`${url}${request.path}${query === '' ? '' : `?${query}`}`, {
    method: request.method,
    headers: request.headers ?? {},
    body: request.body === undefined ? null : JSON.stringify(request.body),
  });
};

describe('sandbox: recorded exchanges', () => {
  const sandbox = withSandbox();
  const fixtures = loadFixtures();
  const least: Readonly<Record<keyof Fixtures, number>> = {
    googleGeocoding: 39,
    googleMatrix: 7,
    googleRoutes: 9,
    yandexGeocoder: 36,
    yandexDistance: 6,
  };

  for (const [name, { cases }] of Object.entries(fixtures)) {
    it(`has the cases of ${name} to replay`, () => {
      expect(cases).to.have.lengthOf.at.least(least[name as keyof Fixtures]);
    });

    for (const fixture of cases) {
      it(`answers ${name} ${fixture.id} exactly as recorded`, async () => {
        const response = await send(sandbox().url, fixture);
        const text = await response.text();
        const { httpStatus, headers, body, rawBody } = fixture.response;
        expect(response.status).to.equal(httpStatus);
        if (rawBody === undefined) expect(JSON.parse(text)).to.deep.equal(body);
        else expect(text).to.equal(rawBody);
        expect(response.headers.get('content-type')).to.match(/^(?:application\/json|text\/html)/u);
        for (const [header, value] of Object.entries(headers ?? {})) {
          expect(response.headers.get(header)).to.equal(value);
        }
      });
    }
  }
});
