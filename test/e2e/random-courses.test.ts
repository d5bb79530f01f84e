import { expect } from 'chai';
import fc from 'fast-check';
import { asking, type Course } from '../support/course.ts';
import { newParty, type Party } from '../support/course-party.ts';
import { allSteps, settled } from '../support/course-steps.ts';
import { TAP, type TappedEvent } from '../support/event-tap.ts';
import { administratorToken, type Gateway } from '../support/gateway.ts';
import { judgeOf, type DocumentJudge } from '../support/openapi-judge.ts';
import { startForSenders } from '../support/sending-webhook.ts';
import { shipped } from '../support/shipped.ts';

const COURSES = 20;
/** The number of courses completed regardless of the time, so that a busy machine checks something too. */
const FEWEST = 5;
/** No more courses begin after this time. */
const ENOUGH_MS = 10_000;
/** No more steps of a course are taken after this time: one machine may be a hundred times slower than another. */
const LONGEST_MS = 60_000;

/**
 * Random courses of actions by two tenants at one gateway, compared with a model that knows only what was asked and
 * answered.
 */
describe('Any course of actions by two tenants', () => {
  let gateway: Gateway;
  let judge: DocumentJudge;
  let parties = 0;
  before(async () => {
    // Timeouts long enough that an answer delayed by this machine is not requested again.
    gateway = await startForSenders({
      RATE_LIMIT_SHEETS_PER_MINUTE: '0',
      ATTEMPT_TIMEOUT_MS: '15000',
      CALL_DEADLINE_MS: '30000',
    });
    gateway.sandbox.control({ quota: null });
    gateway.sandbox.sheets.control({ quota: null });
    await gateway.sql(TAP);
    judge = await judgeOf(gateway.service().url);
  });
  after(() => gateway.stop());

  const party = async (): Promise<Party> => {
    const tenant = `course-${(parties += 1)}`;
    return newParty(tenant, await administratorToken({ tenants: [tenant] }));
  };
  const heard = async (tenant: string): Promise<readonly string[]> => {
    const text = 'select messages from tapped_events where strpos(messages, $1) > 0';
    const rows = await gateway.sql<{ messages: string }>(text, [`"${tenant}"`]);
    return rows
      .flatMap(({ messages }) => JSON.parse(messages) as readonly TappedEvent[])
      .filter(({ type }) => type === 'integration.webhook.received')
      .map(({ subject }) => subject);
  };
  const begun = async (): Promise<Course> => {
    const parties = [await party(), await party()] as const;
    const known = { url: gateway.service().url, parties };
    const ask = asking(known, judge);
    const course = { ...known, ask, shipped: () => shipped(gateway.service()), heard };
    return settled(course, gateway.sandbox);
  };

  it('shows each its own data, all of it, as the document describes', async () => {
    const course = fc.commands([...allSteps(gateway.sandbox)], { maxCommands: 100, size: 'max' });
    const began = performance.now();
    let ended = 0;
    const property = fc.asyncProperty(course, async (commands) => {
      // Skipped, not interrupted: an interruption would leave a course unfinished, and fail a test in which none had
      // been completed.
      if (ended >= FEWEST && performance.now() - began > ENOUGH_MS) return;
      const real = await begun();
      const model = { isOver: () => performance.now() - began > LONGEST_MS };
      await fc.asyncModelRun(() => ({ model, real }), commands);
      ended += 1;
    });
    await fc.assert(property, { numRuns: COURSES });
    expect(ended).to.be.at.least(FEWEST);
  });
});
