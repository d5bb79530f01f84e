import { expect } from 'chai';
import { removeService } from '../../../../src/application/commands/remove-service.ts';
import { right } from '../../../../src/domain/shared/fp.ts';
import {
  aBareService,
  aContext,
  anExternalService,
  anId,
  OTHER_TENANT,
  TENANT,
} from '../../../support/an-external-service.ts';
import { commandFixture, failureOf } from '../../../support/command-fixture.ts';

const fixture = () => {
  const rig = commandFixture();
  rig.unitOfWork.put(anExternalService(), aBareService({ fallbackServiceId: anId(1) }));
  const remove = (id: string, { expectedVersion = 1, tenant = TENANT } = {}) =>
    removeService(rig.deps)(aContext(tenant), { id, expectedVersion });
  return { ...rig, remove };
};

describe('removing a service', () => {
  it('removes it and makes snapshots forget it', async () => {
    const { remove, unitOfWork, invalidated } = fixture();
    expect(await remove(anId(2))).to.deep.equal(right(undefined));
    expect(unitOfWork.services().map(({ id }) => id)).to.deep.equal([anId(1)]);
    expect(invalidated).to.deep.equal([TENANT]);
  });

  it('purges its cached answers when it is gone, and only then, also those it loaded under another name', async () => {
    const { remove, purged } = fixture();
    await failureOf(remove(anId(1)));
    expect(purged).to.deep.equal([]);
    await remove(anId(2));
    expect(purged).to.deep.equal([
      [TENANT, { serviceName: anId(2) }],
      [TENANT, { serviceName: aBareService({}).serviceName }],
    ]);
  });

  it('purges again what replicas that did not know of its removal loaded from it, and calls that had begun before', async () => {
    const { remove, purged, clock } = fixture();
    await remove(anId(2));
    const later = async (milliseconds: number) => {
      purged.length = 0;
      await clock.run(milliseconds);
      return [...purged];
    };
    const again = [[TENANT, { serviceName: anId(2) }]];
    expect(await later(999)).to.deep.equal([]);
    expect(await later(1)).to.deep.equal(again);
    expect(await later(9_999)).to.deep.equal([]);
    expect(await later(1)).to.deep.equal(again);
    expect(clock.pending()).to.equal(0);
  });

  it('is done when its answers could not be purged any more, which is told', async () => {
    const rig = commandFixture();
    rig.unitOfWork.put(anExternalService());
    const untold: unknown[] = [];
    const removal = removeService({
      ...rig.deps,
      cache: { invalidate: () => Promise.reject(new Error('away')) },
      onNotPurged: (error, { tenantId }) => void untold.push([String(error), tenantId]),
    });
    const answer = await removal(aContext(), { id: anId(1), expectedVersion: 1 });
    expect(answer).to.deep.equal(right(undefined));
    expect(rig.unitOfWork.services()).to.deep.equal([]);
    expect(untold).to.deep.equal([['Error: away', TENANT]]);
  });

  it('does not remove what another service falls back to', async () => {
    const { remove, unitOfWork } = fixture();
    expect(await failureOf(remove(anId(1)))).to.deep.equal({ kind: 'referenced' });
    expect(unitOfWork.services()).to.have.length(2);
  });

  it('does not remove what was changed meanwhile', async () => {
    const { remove } = fixture();
    expect(await failureOf(remove(anId(2), { expectedVersion: 9 }))).to.deep.equal({
      kind: 'version-changed',
      currentVersion: 1,
    });
  });

  it('finds nothing that is missing or another tenant’s', async () => {
    const { remove } = fixture();
    const notFound = { kind: 'not-found', what: 'service' };
    expect(await failureOf(remove(anId(404)))).to.deep.equal(notFound);
    expect(await failureOf(remove(anId(2), { tenant: OTHER_TENANT }))).to.deep.equal(notFound);
  });
});
