import { mock } from 'node:test';
import { expect } from 'chai';
import { credentialRefused } from '../../../../src/domain/access/credential.ts';
import { isRight } from '../../../../src/domain/shared/fp.ts';
import { joseAdministratorVerifier } from '../../../../src/infrastructure/security/jose-administrator-verifier.ts';
import { identityProviderHealth } from '../../../../src/infrastructure/security/identity-provider-health.ts';
import { NOON } from '../../../support/an-external-service.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { startIdentityProvider, type IdentityProvider } from '../../../support/identity-provider.ts';

const MINUTE = 60_000;
const CLAIMS = { iss: 'the-issuer', aud: 'the-audience', sub: 'a', tenants: ['uk_company_1'] };

describe('keys of an identity provider', () => {
  let identity: IdentityProvider;
  before(async () => (identity = await startIdentityProvider()));
  after(() => identity.close());
  beforeEach(() => {
    identity.answer(200);
    mock.timers.enable({ apis: ['Date'], now: NOON });
  });
  afterEach(() => mock.timers.reset());

  const keysOf = (jwksUrl = identity.jwksUrl) => {
    const clock = fixedClock(NOON);
    const told: string[] = [];
    const news = { unavailable: () => told.push('unavailable'), available: () => told.push('available') };
    const settings = { keys: { jwksUrl }, issuer: 'the-issuer', audience: 'the-audience' };
    const { verify, remoteKeys } = joseAdministratorVerifier(settings, clock, news);
    if (remoteKeys === undefined) throw new Error('no keys to ask for');
    const pass = (ms: number): void => {
      clock.advance(ms);
      mock.timers.tick(ms);
    };
    return { verify, keys: remoteKeys, clock, told, pass, health: identityProviderHealth(remoteKeys) };
  };

  it('are not used where a secret is shared', () => {
    const keys = { secret: 'a secret of at least thirty-two characters' };
    const settings = { keys, issuer: 'the-issuer', audience: 'the-audience' };
    expect(joseAdministratorVerifier(settings, fixedClock(NOON)).remoteKeys).to.equal(undefined);
  });

  it('are not taken for lost before anybody has asked for them', async () => {
    const { keys, health } = keysOf();
    expect(keys.areLost()).to.equal(false);
    expect(await health()).to.deep.equal({ name: 'identity_provider', required: false, status: 'ok' });
  });

  it('are looked after without any caller: an outage shows while those that are known still let people in', async () => {
    const { verify, keys, told, pass, health } = keysOf();
    await keys.refresh();
    expect(keys.areLost()).to.equal(false);
    pass(MINUTE);
    identity.answer(503);
    await keys.refresh();
    expect(keys.areLost()).to.equal(true);
    expect(told).to.deep.equal(['available', 'unavailable']);
    expect(await health()).to.deep.equal({
      name: 'identity_provider',
      required: false,
      status: 'degraded',
      detail: 'keys cannot be fetched, cached ones are used for now, the log says why',
    });
    const exp = NOON / 1000 + 3_600;
    expect(isRight(await verify(await identity.sign({ ...CLAIMS, exp })))).to.equal(true);
    pass(10 * MINUTE);
    await keys.refresh();
    expect(await health()).to.deep.include({
      status: 'degraded',
      detail: 'keys cannot be fetched, administrators get 503, the log says why',
    });
    pass(MINUTE);
    identity.answer(200);
    await keys.refresh();
    expect(keys.areLost()).to.equal(false);
    expect(told.at(-1)).to.equal('available');
    expect(await health()).to.deep.include({ status: 'ok' });
  });

  it('are lost, too, where a caller was the one who asked in vain, and had again where one was who got them', async () => {
    const { verify, keys, pass } = keysOf();
    const jwt = await identity.sign({ ...CLAIMS, exp: NOON / 1000 + 3_600 });
    identity.answer(503);
    expect(isRight(await verify(jwt))).to.equal(false);
    expect(keys.areLost()).to.equal(true);
    identity.answer(200);
    pass(1_000);
    expect(isRight(await verify(jwt))).to.equal(true);
    expect(keys.areLost()).to.equal(false);
  });

  it('are not fetched in the background just after a request fetched them, whatever the result', async () => {
    const { keys, told, pass } = keysOf();
    const before = identity.asked();
    await keys.refresh();
    pass(29_000);
    await keys.refresh();
    expect(identity.asked() - before).to.equal(1);
    expect(keys.areLost()).to.equal(false);
    pass(1_000);
    identity.answer(503);
    await keys.refresh();
    pass(999);
    await keys.refresh();
    expect(identity.asked() - before).to.equal(2);
    expect(told).to.deep.equal(['available', 'unavailable']);
  });

  it('are not discarded for a token that names none of them', async () => {
    const { verify, keys, pass } = keysOf();
    await keys.refresh();
    pass(MINUTE);
    expect(isRight(await verify('eyJhbGciOiJSUzI1NiIsImtpZCI6Im90aGVyIn0.e30.AAAA'))).to.equal(false);
    expect(keys.areLost()).to.equal(false);
  });

  it('are fetched again for a new one five seconds after they were looked after', async () => {
    const { verify, keys, pass } = keysOf();
    await keys.refresh();
    pass(5_000);
    await identity.rotate();
    const jwt = await identity.sign({ ...CLAIMS, exp: NOON / 1000 + 3_600 });
    expect(isRight(await verify(jwt))).to.equal(true);
  });

  it('are fetched for unknown ones once in five seconds, however many tokens name such', async () => {
    const { verify, keys, pass } = keysOf();
    await keys.refresh();
    const before = identity.asked();
    for (let second = 0; second < 10; second += 1) {
      pass(1_000);
      const refused = await verify(`eyJhbGciOiJSUzI1NiIsImtpZCI6Im90aGVyIn0.e30.AAA${second}`);
      expect(refused).to.deep.equal(credentialRefused('bad-signature'));
    }
    expect(identity.asked() - before).to.equal(2);
    expect(keys.areLost()).to.equal(false);
  });

  it('are looked after also when the wall clock was set back', async () => {
    const { keys, clock, pass } = keysOf();
    await keys.refresh();
    mock.timers.setTime(NOON - 60 * MINUTE);
    clock.set(NOON - 60 * MINUTE);
    pass(MINUTE);
    const before = identity.asked();
    await keys.refresh();
    expect(identity.asked() - before).to.equal(1);
  });
});
