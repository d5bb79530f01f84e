import type { CallQuota } from '../../src/application/provider-call/leave.ts';
import { right } from '../../src/domain/shared/fp.ts';

/** The quota of an account without limits: every call is paid for and sent at once. */
export const freeCalls: CallQuota = {
  payAlone: async () => right({ isOver: () => undefined }),
  payCaller: async () => right(undefined),
  payCall: async () => right(undefined),
  standFor: () => undefined,
  tellOf: () => undefined,
  place: ({ charge }) => charge(),
  hopeless: () => undefined,
  expect: () => ({ scarcity: () => 0, over: () => undefined }),
};
