import * as t from 'io-ts';
import {
  deliveryChecks,
  type DeliveryCheck,
  type DeliveryTrial,
  type FailedTrial,
  type PassedTrial,
} from '../../../application/webhooks/delivery-trial.ts';
import { isLeft } from '../../../domain/shared/fp.ts';
import { deliveryStates, receivedFlags } from '../../../domain/webhook/delivery/received-delivery.ts';
import { component, described, nullable } from '../../wire/codecs/codec.ts';
import { answerObject } from '../../wire/codecs/object-codec.ts';
import { oneOf } from '../../wire/codecs/values.ts';
import { refusalStatus } from './webhook-answers.ts';
import { namedValues, proofFields } from '../../wire/presenters/delivery.ts';
import { detailOf } from '../../wire/presenters/rejection.ts';
import {
  integerAnswer,
  textOrNull,
  timeAnswerOrNull,
  timeOrNull,
  uuidOrNull,
} from '../../wire/presenters/times-and-money.ts';

const checkAnswer = answerObject(
  {
    check: described('What was checked.', oneOf(deliveryChecks)),
    outcome: described('Nothing is checked after a failure.', oneOf(['passed', 'failed', 'not_reached'])),
  },
  {},
);

const proofAnswer = answerObject(
  {
    ...proofFields,
    secret_version: described(
      'Version of the secret that matched; null: there is none.',
      nullable(integerAnswer),
    ),
    signed_at: described('The signed time; null: none is signed.', timeAnswerOrNull),
  },
  {},
);

export const trialAnswer = component(
  'WebhookTrial',
  answerObject(
    {
      accepted: described('Whether the sender would get 2xx.', t.boolean),
      checks: described('In the order in which a delivery is checked.', t.readonlyArray(checkAnswer)),
      failed_check: described('The check that failed; null: none did.', nullable(oneOf(deliveryChecks))),
      status: described('Status that the sender would get; null: its usual answer.', nullable(integerAnswer)),
      reason: described(
        'Why it would be refused, which the sender would not be told; null: it would not be refused.',
        textOrNull,
      ),
      detail: namedValues<string | number>(
        { type: ['string', 'number'] },
        'Contains names of headers and numbers.',
      ),
      state: described(
        'The state in which it would be stored; null: it would be refused.',
        nullable(oneOf(deliveryStates)),
      ),
      verification: described('How it is authenticated; null: it would be refused.', nullable(proofAnswer)),
      event_type: described('As named by the sender; null: not known.', textOrNull),
      external_id: described('Id assigned by the sender; null: none that can be used.', textOrNull),
      dedupe_key: described(
        'The key by which repeats would be recognised; null for a handshake or a refusal.',
        textOrNull,
      ),
      flags: described('Anomalies, as for a delivery.', t.readonlyArray(oneOf(receivedFlags))),
      is_duplicate: described('Whether it would repeat a stored delivery.', t.boolean),
      first_delivery_id: described('The delivery that it would repeat; null: none.', uuidOrNull),
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
    // For the refusals that a sample can meet, the detail consists of names and numbers, as the type of failures says.
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
