import type { Answer, Trouble } from './stand-in.ts';

export const faultModes = [
  'denied',
  'expired',
  'not_enabled',
  'billing',
  'over_quota',
  '429',
  '500',
  '502',
  '503',
  'unknown',
  'err200',
  'html',
  'truncated',
  'type',
  'hang',
  'drip',
  'reset',
  'huge',
  'drop_before',
  'drop_after',
] as const;
export type FaultMode = (typeof faultModes)[number];

export type Fault = { readonly mode: FaultMode; readonly retryAfterSeconds?: number };

/** Faults that the service reports itself. Those of the first group use no quota: the call is refused before that. */
const refusals: Readonly<Partial<Record<FaultMode, Trouble>>> = {
  denied: 'invalid-key',
  expired: 'expired-key',
  not_enabled: 'not-enabled',
  billing: 'billing',
  over_quota: 'over-quota',
  '429': 'too-many-requests',
};
const failures: Readonly<Partial<Record<FaultMode, Trouble>>> = {
  '500': 'internal',
  '502': 'bad-gateway',
  '503': 'unavailable',
  unknown: 'unknown-error',
  err200: 'error-in-200',
};

export const refusalOf = ({ mode }: Fault): Trouble | undefined => refusals[mode];
export const failureOf = ({ mode }: Fault): Trouble | undefined => failures[mode];

const magicKeys: ReadonlyMap<string, Fault> = new Map<string, Fault>([
  ['SANDBOX-BAD', { mode: 'denied' }],
  ['SANDBOX-EXPIRED', { mode: 'expired' }],
  ['SANDBOX-NOAPI', { mode: 'not_enabled' }],
  ['SANDBOX-BILLING', { mode: 'billing' }],
  ['SANDBOX-QPM', { mode: 'over_quota' }],
  ['SANDBOX-LIMIT', { mode: 'over_quota' }],
  ['SANDBOX-OQL', { mode: 'over_quota' }],
  ['SANDBOX-429', { mode: '429' }],
  ['SANDBOX-RETRYAFTER', { mode: '429', retryAfterSeconds: 1 }],
  ['SANDBOX-RETRYAFTER-503', { mode: '503', retryAfterSeconds: 1 }],
  ['SANDBOX-500', { mode: '500' }],
  ['SANDBOX-502', { mode: '502' }],
  ['SANDBOX-503', { mode: '503' }],
  ['SANDBOX-UNKNOWN', { mode: 'unknown' }],
  ['SANDBOX-ERR200', { mode: 'err200' }],
  ['SANDBOX-HTML', { mode: 'html' }],
  ['SANDBOX-TRUNC', { mode: 'truncated' }],
  ['SANDBOX-TYPE', { mode: 'type' }],
  ['SANDBOX-HANG', { mode: 'hang' }],
  ['SANDBOX-DRIP', { mode: 'drip' }],
  ['SANDBOX-RESET', { mode: 'reset' }],
  ['SANDBOX-HUGE', { mode: 'huge' }],
  ['SANDBOX-DROP', { mode: 'drop_before' }],
]);

/** The fault that a key selects; every other `SANDBOX-` key behaves normally. */
export const magicFault = (key: string): Fault | undefined => magicKeys.get(key);

const signInPage =
  '<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Network sign-in required</h1></body></html>';

/** Damages a good answer if the fault concerns the content; other faults concern the delivery. */
export const damaged = (answer: Answer, { mode }: Fault): Answer => {
  switch (mode) {
    case 'html':
      return {
        status: 200,
        headers: { 'content-type': 'text/html; charset=UTF-8' },
        body: signInPage,
        outcome: 'damaged',
      };
    case 'truncated':
      return {
        ...answer,
        body: answer.body.slice(0, Math.floor(answer.body.length / 2)),
        outcome: 'damaged',
      };
    case 'type':
      return { ...answer, headers: { ...answer.headers, 'content-type': 'text/plain; charset=UTF-8' } };
    default:
      return answer;
  }
};

/** How the response is sent: `whole`, or with a connection fault. */
export type Delivery = 'whole' | 'hang' | 'drip' | 'reset' | 'huge' | 'drop';

export const deliveryOf = (fault: Fault | undefined): Delivery => {
  switch (fault?.mode) {
    case 'hang':
    case 'drip':
    case 'reset':
    case 'huge':
      return fault.mode;
    case 'drop_before':
    case 'drop_after':
      return 'drop';
    default:
      return 'whole';
  }
};
