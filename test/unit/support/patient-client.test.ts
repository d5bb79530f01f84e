import { expect } from 'chai';
import { left } from '../../../src/domain/shared/fp.ts';
import { aFailedCall } from '../../support/a-call-report.ts';
import { apiClient, type ApiClient } from '../../support/api-client.ts';
import { patientClient } from '../../support/patient-client.ts';
import { LostDatabase, startHttpServer, type RunningServer } from '../../support/with-http-server.ts';

const PATH = '/geocoding/geocode';
const BODY = { address: 'Ташкент' };

describe('the client that asks again while the database is away', () => {
  let server: RunningServer;
  let api: ApiClient;
  let heard: number[];
  beforeEach(async () => {
    server = await startHttpServer();
    heard = [];
    const caller = { url: server.url, tenant: 'uk_company_1', credential: 'admin' };
    api = patientClient(apiClient(caller, ({ status }) => heard.push(status)));
    const { queries } = server.application;
    const { geocodeAddress } = queries;
    queries.geocodeAddress = () => {
      queries.geocodeAddress = geocodeAddress;
      return Promise.reject(new LostDatabase('connect ECONNREFUSED'));
    };
  });
  afterEach(() => server.http.close(0));

  it('answers what it hears when the database is back', async () => {
    expect((await api.post(PATH, BODY)).status).to.equal(200);
    expect(heard).to.deep.equal([503, 200]);
  });

  it('hears of the loss where it is to ask once', async () => {
    expect((await api.askOnce('POST', PATH, { body: BODY })).status).to.equal(503);
    expect(heard).to.deep.equal([503]);
  });

  it('takes no other 503 for a loss', async () => {
    server.application.queries.geocodeAddress = async () =>
      left(aFailedCall({ kind: 'no-provider', message: 'register a geocoding service' }));
    expect((await api.post(PATH, BODY)).status).to.equal(503);
    expect(heard).to.deep.equal([503]);
  });
});
