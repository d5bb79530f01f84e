import { expect } from 'chai';
import {
  accountsOf,
  credentialsOfEnvironment,
} from '../../../../src/infrastructure/container/sheets-binding.ts';
import { right } from '../../../../src/domain/shared/fp.ts';
import { aBareService, OTHER_TENANT, TENANT } from '../../../support/an-external-service.ts';
import { ACCOUNT_EMAIL, aServiceAccountKey } from '../../../support/service-account.ts';

const OWN = 'own@a-project-2.iam.gserviceaccount.com';

describe('the account of a spreadsheet service', () => {
  const box = {
    seal: () => 'sealed',
    open: () => right(aServiceAccountKey({ client_email: OWN })),
    needsResealing: () => false,
  };
  const ofEnvironment = credentialsOfEnvironment({
    googleSheetsCredentials: aServiceAccountKey(),
    defaultTenant: TENANT,
  });
  const accountOf = (change: Parameters<typeof aBareService>[0], standard = ofEnvironment) =>
    accountsOf(
      box,
      standard,
    )(aBareService({ serviceType: 'spreadsheet', provider: 'google_sheets', ...change }))?.clientEmail;

  it('is that of its own credentials, else for the default tenant that of the key file', () => {
    expect(accountOf({ credentials: { envelope: 'sealed', hint: '' } })).to.equal(OWN);
    expect(accountOf({})).to.equal(ACCOUNT_EMAIL);
    expect(accountOf({ baseUrl: 'https://sheets.googleapis.com' })).to.equal(ACCOUNT_EMAIL);
  });

  it('is undefined where the key file is invalid, belongs to another tenant, or the service calls another address', () => {
    const without = { googleSheetsCredentials: undefined, defaultTenant: TENANT };
    expect(credentialsOfEnvironment(without)).to.equal(undefined);
    expect(accountOf({ tenantId: OTHER_TENANT })).to.equal(undefined);
    expect(accountOf({ baseUrl: 'https://elsewhere.test' })).to.equal(undefined);
    expect(accountOf({ provider: 'google_maps' })).to.equal(undefined);
  });
});
