// The provider: the sandbox's Google with a latency and without quotas, in its own process.
import { startSandbox } from '../../sandbox/sandbox.ts';
import { answerParent } from '../rig/child.ts';
import { heldRequests } from './held-requests.ts';

/**
 * A latency in milliseconds, answered with the address it listens on; or a request to record how long requests are
 * held, or to return that record.
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
