import { expect } from 'chai';
import { knownWindows } from '../../../../src/application/provider-call/quota/known-windows.ts';
import type { QuotaSubject, WindowState } from '../../../../src/domain/rate-limit/quota.ts';
import { fixedClock, turn } from '../../../support/fixed-clock.ts';
import { aService } from '../../../support/pipeline-fixture.ts';

const service = aService({ limits: { minute: 60 } });
const window = (used: number): WindowState => ({
  subjectId: service.id,
  window: 'minute',
  limit: 60,
  used,
  remaining: 60 - used,
  resetsAt: 0,
});

const fixture = () => {
  const clock = fixedClock();
  const asked: (readonly string[])[] = [];
  const state: { peek: () => Promise<readonly WindowState[]> } = { peek: async () => [window(1)] };
  const known = knownWindows({
    limiter: {
      peek: (subjects: readonly QuotaSubject[]) => {
        asked.push(subjects.map(({ subjectId }) => subjectId));
        return state.peek();
      },
    },
    tenantLimits: { geocoding: { minute: 50 } },
    clock,
  });
  return { clock, asked, state, known };
};

describe('the windows of a service as last seen', () => {
  it('are asked for once, the tenant’s own among them, by however many come first', async () => {
    const { known, asked } = fixture();
    const first = await Promise.all(Array.from({ length: 100 }, async () => known.of(service)));
    expect(new Set(first.map((windows) => JSON.stringify(windows)))).to.deep.equal(
      new Set([JSON.stringify([window(1)])]),
    );
    expect(asked).to.deep.equal([['tenant:geocoding', service.id]]);
    expect(known.of(service)).to.deep.equal([window(1)]);
  });

  it('are those that a call has just been told, without asking', () => {
    const { known, asked } = fixture();
    known.note(service, [window(7)]);
    expect(known.of(service)).to.deep.equal([window(7)]);
    expect(asked).to.deep.equal([]);
  });

  it('are asked for again behind the answer when they are older than a quarter of a second', async () => {
    const { known, asked, clock, state } = fixture();
    known.note(service, [window(7)]);
    clock.advance(249);
    void known.of(service);
    expect(asked).to.have.length(0);
    clock.advance(1);
    state.peek = async () => [window(8)];
    expect(known.of(service)).to.deep.equal([window(7)]);
    void known.of(service);
    await turn();
    expect(known.of(service)).to.deep.equal([window(8)]);
    expect(asked).to.have.length(1);
  });

  it('are waited for when they were seen long ago', async () => {
    const { known, clock } = fixture();
    known.note(service, [window(7)]);
    clock.advance(5_000);
    expect(await known.of(service)).to.deep.equal([window(1)]);
    expect(known.of(service)).to.deep.equal([window(1)]);
  });

  it('keep what a call was told while the limiter was being asked', async () => {
    const { known, clock, state } = fixture();
    known.note(service, [window(1)]);
    clock.advance(1_000);
    const answer = Promise.withResolvers<readonly WindowState[]>();
    state.peek = () => answer.promise;
    void known.of(service);
    clock.advance(1);
    known.note(service, [window(9)]);
    answer.resolve([window(1)]);
    await turn();
    expect(known.of(service)).to.deep.equal([window(9)]);
  });

  it('are older ones, or none, while the limiter is unavailable', async () => {
    const { known, clock, state } = fixture();
    state.peek = () => Promise.reject(new Error('away'));
    expect(await known.of(service)).to.deep.equal([]);
    known.note(service, [window(7)]);
    clock.advance(1_000);
    void known.of(service);
    await turn();
    expect(known.of(service)).to.deep.equal([window(7)]);
  });

  it('are read again when the service was changed, since its limits may have changed', async () => {
    const { known, state } = fixture();
    known.note(service, [window(60)]);
    state.peek = async () => [];
    const changed = { ...service, limits: {}, version: service.version + 1 };
    expect(await known.of(changed)).to.deep.equal([]);
    expect(known.of(changed)).to.deep.equal([]);
  });

  it('are also read again when a call that began before the change has reported its old limits since', async () => {
    const { known, state } = fixture();
    const changed = { ...service, limits: { hour: 9 }, version: service.version + 1 };
    state.peek = async () => [{ ...window(3), window: 'hour', limit: 9, remaining: 6 }];
    await known.of(changed);
    known.note(service, [window(60)]);
    expect((await known.of(changed)).map(({ limit }) => limit)).to.deep.equal([9]);
  });

  it('of an answer that began before the change are told without asking again and again', async () => {
    const { known, asked } = fixture();
    const changed = { ...service, limits: {}, version: service.version + 1 };
    await known.of(changed);
    for (let calls = 0; calls < 10; calls += 1) await known.of(service);
    expect(asked).to.have.length(1);
  });

  it('are forgotten first of who was not called for longest', async () => {
    const { known, asked } = fixture();
    const all = Array.from({ length: 10_001 }, (_, n) => aService({ id: `service-${n}` }));
    for (const each of all) known.note(each, [window(1)]);
    void known.of(all[1]!);
    expect(asked).to.have.length(0);
    await known.of(all[0]!);
    expect(asked).to.have.length(1);
  });
});
