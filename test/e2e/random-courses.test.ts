import { expect } from 'chai';
import fc from 'fast-check';
import { asking, type Course } from '../support/course.ts';
import { accessSteps } from '../support/course-access.ts';
import { callSteps } from '../support/course-calls.ts';
import { newParty, type Party } from '../support/course-party.ts';
import { serviceSteps } from '../support/course-services.ts';
import { webhookSteps } from '../support/course-webhooks.ts';
import { administratorToken, type Gateway } from '../support/gateway.ts';
import { judgeOf, type DocumentJudge } from '../support/openapi-judge.ts';
import { startForSenders } from '../support/sending-webhook.ts';
import { shipped } from '../support/shipped.ts';

const COURSES = 20;
/** Come to their end whatever the time: a busy machine is to hold something, too. */
const FEWEST = 5;
/** When no more of them begin. */
const ENOUGH_MS = 10_000;

/** Random courses of two tenants at one gateway, beside a model that knows nothing but what was asked and answered. */
describe('Whatever two tenants do one after the other', () => {
  let gateway: Gateway;
  let judge: DocumentJudge;
  let parties = 0;
  before(async () => {
    // An answer that this machine brings late is not asked for again.
    gateway = await startForSenders({ ATTEMPT_TIMEOUT_MS: '15000', CALL_DEADLINE_MS: '30000' });
    gateway.sandbox.control({ quota: null });
    judge = await judgeOf(gateway.service().url);
  });
  after(() => gateway.stop());

  const party = async (): Promise<Party> => {
    const tenant = `course-${(parties += 1)}`;
    return newParty(tenant, await administratorToken({ tenants: [tenant] }));
  };
  const begun = async (): Promise<Course> => {
    const course = { url: gateway.service().url, parties: [await party(), await party()] as const };
    return { ...course, ask: asking(course, judge), shipped: () => shipped(gateway.service()) };
  };

  it('each sees its own, all of it, and as the document says', async () => {
    const steps = [...serviceSteps(gateway.sandbox), ...callSteps, ...accessSteps, ...webhookSteps];
    const course = fc.commands(steps, { maxCommands: 100, size: 'max' });
    const began = performance.now();
    let ended = 0;
    const property = fc.asyncProperty(course, async (commands) => {
      // Passed over. An interruption would leave one under way, and refuse a test of which none had come to its end.
      if (ended >= FEWEST && performance.now() - began > ENOUGH_MS) return;
      const real = await begun();
      await fc.asyncModelRun(() => ({ model: {}, real }), commands);
      ended += 1;
    });
    await fc.assert(property, { numRuns: COURSES });
    expect(ended).to.be.at.least(FEWEST);
  });
});
