import type { CommandAnswer, CommandReply, Settlement } from '../../application/command-queue.ts';
import type { CommandOutcome } from '../../application/telemetry.ts';
import type { Unexpected } from '../http/unexpected.ts';
import type { Told } from './command-answers.ts';

/** How one delivery ended, before it is decided what becomes of its message. */
export type Conclusion =
  | { readonly kind: 'answered'; readonly told: Told }
  | { readonly kind: 'repeated'; readonly answer: CommandAnswer }
  /** Waiting changes nothing about it. */
  | { readonly kind: 'refused'; readonly told: Told }
  /** Waiting may cure it. */
  | { readonly kind: 'failed'; readonly told: Told; readonly unexpected?: Unexpected }
  /** Somebody else is at it: wait for their answer. */
  | { readonly kind: 'running' };

type Decision = { readonly outcome: CommandOutcome; readonly settlement: Settlement };

const first = (answer: CommandAnswer): CommandReply => ({ ...answer, isRepeat: false });

const parked = ({ answer, code = 'internal', detail }: Told): Settlement => ({
  kind: 'parked',
  reason: code,
  detail,
  reply: first(answer),
});

/** The rule of the queue: acknowledge, park, or try again as long as tries are left. */
export const decisionOn = (conclusion: Conclusion, retriesLeft: number): Decision => {
  switch (conclusion.kind) {
    case 'answered':
      return { outcome: 'done', settlement: { kind: 'done', reply: first(conclusion.told.answer) } };
    case 'repeated':
      return {
        outcome: 'repeated',
        settlement: { kind: 'done', reply: { ...conclusion.answer, isRepeat: true } },
      };
    case 'refused':
      return { outcome: 'refused', settlement: parked(conclusion.told) };
    case 'failed':
      return retriesLeft > 0
        ? { outcome: 'retried', settlement: { kind: 'retry', reason: conclusion.told.code ?? 'internal' } }
        : { outcome: 'exhausted', settlement: parked(conclusion.told) };
    case 'running':
      return { outcome: 'postponed', settlement: { kind: 'postponed' } };
  }
};
