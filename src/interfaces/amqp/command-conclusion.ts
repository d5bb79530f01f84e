import type {
  CommandAnswer,
  CommandMessage,
  CommandReply,
  Settlement,
} from '../../application/command-queue.ts';
import type { CommandOutcome } from '../../application/telemetry.ts';
import type { Unexpected } from '../wire/unexpected.ts';
import type { Told } from './command-answers.ts';
import type { CommandRefusalKind } from './command-refusal.ts';

/** How one delivery of a command ended, before it is decided how its message is settled. */
export type Conclusion =
  | { readonly kind: 'answered'; readonly told: Told }
  | { readonly kind: 'repeated'; readonly answer: CommandAnswer }
  /** Trying again would not help. */
  | { readonly kind: 'refused'; readonly told: Told }
  /** It crashed its consumers: not necessarily bad input, but not to be tried again. */
  | { readonly kind: 'given-up'; readonly told: Told }
  /** Trying again later may help. */
  | { readonly kind: 'failed'; readonly told: Told; readonly unexpected?: Unexpected }
  /** Another consumer is carrying it out: wait for its answer. */
  | { readonly kind: 'running' };

type Delivery = Pick<CommandMessage, 'retriesLeft' | 'returns' | 'isMovedBack'>;
type Decision = { readonly outcome: CommandOutcome; readonly settlement: Settlement };

const first = (answer: CommandAnswer): CommandReply => ({ ...answer, isRepeat: false });

const parked = ({ answer, code = 'internal', detail }: Told): Settlement => ({
  kind: 'parked',
  reason: code,
  detail,
  reply: first(answer),
});

/** Problems of an answer although the command was carried out. */
const CARRIED_OUT: ReadonlySet<unknown> = new Set<CommandRefusalKind>([
  'answer-too-large',
  'answer-not-kept',
]);

/**
 * Settles a repeat. If the message was returned, an earlier delivery of it was never settled: for a refused command it
 * is then unknown whether its dead letter exists, and a second one does less harm than none. A dead letter that was
 * moved back would be lost without it. A sender that publishes the command anew gets only the answer.
 */
const repeated = (answer: CommandAnswer, { returns, isMovedBack }: Delivery): Settlement => {
  const reply = { ...answer, isRepeat: true };
  if ((returns === 0 && !isMovedBack) || answer.status < 400) return { kind: 'done', reply };
  const { code, detail } = JSON.parse(answer.body) as { readonly code: string; readonly detail: string };
  return CARRIED_OUT.has(code) ? { kind: 'done', reply } : { kind: 'parked', reason: code, detail, reply };
};

/** The settlement rule: acknowledge, park, or retry as long as retries are left. */
export const decisionOn = (conclusion: Conclusion, delivery: Delivery): Decision => {
  switch (conclusion.kind) {
    case 'answered':
      return { outcome: 'done', settlement: { kind: 'done', reply: first(conclusion.told.answer) } };
    case 'repeated':
      return { outcome: 'repeated', settlement: repeated(conclusion.answer, delivery) };
    case 'refused':
      return { outcome: 'refused', settlement: parked(conclusion.told) };
    case 'given-up':
      return { outcome: 'exhausted', settlement: parked(conclusion.told) };
    case 'failed':
      return delivery.retriesLeft > 0
        ? { outcome: 'retried', settlement: { kind: 'retry', reason: conclusion.told.code ?? 'internal' } }
        : { outcome: 'exhausted', settlement: parked(conclusion.told) };
    case 'running':
      return { outcome: 'postponed', settlement: { kind: 'postponed' } };
  }
};
