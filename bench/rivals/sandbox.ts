// The provider: the sandbox's Google with a latency and without quotas, in a process of its own.
import { startSandbox } from '../../sandbox/sandbox.ts';
import { answerParent } from '../rig/child.ts';
import { heldRequests } from './held-requests.ts';

/**
 * A latency in milliseconds, answered with where it listens; or to note how long requests are held, and
 * to hand that over.
 */
export type ProviderQuestion = number | 'note-held' | 'take-held';

const sandbox = await startSandbox();
const held = heldRequests();

const answer = (question: ProviderQuestion): unknown => {
  if (question === 'note-held') return held.note();
  if (question === 'take-held') return held.take();
  sandbox.control({ latency_ms: question, quota: null });
  return { port: Number(new URL(sandbox.url).port), googleUrl: sandbox.googleBaseUrl };
};

answerParent((question: ProviderQuestion) => Promise.resolve(answer(question)), sandbox.stop);
