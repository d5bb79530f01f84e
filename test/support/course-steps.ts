import type fc from 'fast-check';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Course } from './course.ts';
import { accessSteps } from './course-access.ts';
import { callSteps } from './course-calls.ts';
import { crowdSteps } from './course-crowds.ts';
import { deliverySteps } from './course-deliveries.ts';
import { raceSteps } from './course-races.ts';
import { rotationSteps } from './course-rotations.ts';
import { serviceSteps, settles } from './course-services.ts';
import { opensSheet, sheetSteps } from './course-sheets.ts';
import type { Step } from './course-step.ts';
import { makesWebhook, webhookSteps } from './course-webhooks.ts';

/** Everything that a tenant may do next. A step listed twice happens twice as often. */
export const allSteps = (sandbox: Sandbox): readonly fc.Arbitrary<Step>[] => [
  ...serviceSteps(sandbox),
  ...callSteps,
  ...crowdSteps,
  ...accessSteps,
  ...webhookSteps,
  ...deliverySteps,
  ...rotationSteps,
  ...sheetSteps,
  ...raceSteps,
];

/** What each tenant has before the first step: without it, most steps would find nothing to act on. */
export const settled = async (course: Course, sandbox: Sandbox): Promise<Course> => {
  const having = course.parties.flatMap((party) => [
    settles(sandbox, course, party),
    opensSheet(sandbox, course, party),
    makesWebhook(course, party),
  ]);
  await Promise.all(having);
  return course;
};
