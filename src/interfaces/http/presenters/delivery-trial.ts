import * as t from 'io-ts';
import {
  deliveryChecks,
  type DeliveryCheck,
  type DeliveryTrial,
  type FailedTrial,
  type PassedTrial,
} from '../../../application/webhooks/try-delivery.ts';
import { isLeft } from '../../../domain/shared/fp.ts';
import { authenticityLevels } from '../../../domain/webhook/authenticity.ts';
import { deliveryStates, receivedFlags } from '../../../domain/webhook/received-delivery.ts';
import { component, noted, nullable } from '../codecs/codec.ts';
import { answerObject } from '../codecs/object-codec.ts';
import { oneOf } from '../codecs/values.ts';
import { refusalStatus } from '../webhooks/webhook-answers.ts';
import { detailOf, namedValues } from './delivery.ts';
import { integerAnswer, textOrNull, timeAnswerOrNull, timeOrNull, uuidOrNull } from './times-and-money.ts';

const checkAnswer = answerObject(
  { check: oneOf(deliveryChecks), outcome: oneOf(['passed', 'failed', 'not_reached']) },
  {},
);

export const trialAnswer = component(
  'WebhookTrial',
  answerObject(
    {
      accepted: noted({ description: 'Whether its sender would hear 2xx.' }, t.boolean),
      checks: t.readonlyArray(checkAnswer),
      failed_check: nullable(oneOf(deliveryChecks)),
      status: noted(
        { description: 'What its sender would hear; null: its usual answer.' },
        nullable(integerAnswer),
      ),
      reason: noted({ description: 'Its sender would not hear it.' }, textOrNull),
      detail: namedValues<string | number>({ type: ['string', 'number'] }, 'Names of headers and numbers.'),
      state: nullable(oneOf(deliveryStates)),
      verification: nullable(
        answerObject(
          {
            method: t.string,
            level: oneOf(authenticityLevels),
            secret_version: nullable(integerAnswer),
            signed_at: timeAnswerOrNull,
          },
          {},
        ),
      ),
      event_type: textOrNull,
      external_id: textOrNull,
      dedupe_key: textOrNull,
      flags: t.readonlyArray(oneOf(receivedFlags)),
      is_duplicate: t.boolean,
      first_delivery_id: uuidOrNull,
    },
    {},
  ),
);

type Shown = t.TypeOf<typeof trialAnswer>;

export const trialOf = ({ source, outcome }: DeliveryTrial): Shown =>
  isLeft(outcome) ? failedTrial(outcome.left, source) : passedTrial(outcome.right);

const checksUpTo = (failed: DeliveryCheck | undefined): Shown['checks'] => {
  const at = failed === undefined ? deliveryChecks.length : deliveryChecks.indexOf(failed);
  return deliveryChecks.map((check, index) => ({
    check,
    outcome: index < at ? 'passed' : index === at ? 'failed' : 'not_reached',
  }));
};

const failedTrial = ({ check, refusal }: FailedTrial, source: DeliveryTrial['source']): Shown => {
  const { kind, ...detail } = refusal.kind === 'not-authentic' ? refusal.failure : refusal;
  return {
    accepted: false,
    checks: checksUpTo(check),
    failed_check: check,
    status: refusal.kind === 'method-not-allowed' ? 405 : refusalStatus({ refusal, source }),
    reason: kind,
    // Of refusals that a sample can meet: names and numbers, as the type of failures says.
    detail: detailOf(detail as Shown['detail']),
    state: null,
    verification: null,
    event_type: null,
    external_id: null,
    dedupe_key: null,
    flags: [],
    is_duplicate: false,
    first_delivery_id: null,
  };
};

const passedTrial = (trial: PassedTrial): Shown => ({
  accepted: true,
  checks: checksUpTo(undefined),
  failed_check: null,
  status: null,
  reason: null,
  detail: {},
  state: trial.state,
  verification: {
    method: trial.verification.method,
    level: trial.verification.level,
    secret_version: trial.verification.secretVersion ?? null,
    signed_at: timeOrNull(trial.verification.signedTimestamp),
  },
  event_type: trial.eventType ?? null,
  external_id: trial.externalId ?? null,
  dedupe_key: trial.dedupeKey ?? null,
  flags: trial.flags,
  is_duplicate: trial.firstId !== undefined,
  first_delivery_id: trial.firstId ?? null,
});
