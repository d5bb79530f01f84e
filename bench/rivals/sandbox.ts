// The provider: the sandbox's Google with a latency and without quotas, in a process of its own.
import { startSandbox } from '../../sandbox/sandbox.ts';
import { answerParent } from '../rig/child.ts';

const sandbox = await startSandbox();

answerParent((latencyMs: number) => {
  sandbox.control({ latency_ms: latencyMs, quota: null });
  return Promise.resolve({ port: Number(new URL(sandbox.url).port), googleUrl: sandbox.googleBaseUrl });
}, sandbox.stop);
