import { isJsonObject } from '../../shared/json.ts';
import { memberOf } from '../scheme/body-path.ts';
import type { SourceService } from '../scheme/signature-scheme.ts';

/** Reads the facts of a delivery. Values are texts; undefined when absent, repeated or of another type. */
export type FactsReader = {
  readonly header: (name: string) => string | undefined;
  /** The member of the body at a path. */
  readonly at: (path: string) => string | undefined;
  readonly body: unknown;
};

/**
 * `id`: stays the same when the sender repeats an event; if undefined, the body's hash is used. `idSigned`: an attacker
 * who replays the delivery can neither change nor omit the id.
 */
export type SourceFacts = {
  readonly eventType: string | undefined;
  readonly action?: string | undefined;
  readonly id: string | undefined;
  readonly idSigned: boolean;
  /** Other events may have the same id, so it counts only together with the body. */
  readonly isIdShared?: boolean;
  /** Id for display and search; defaults to `id`. */
  readonly externalId?: string | undefined;
};

type ReadFacts = (from: FactsReader) => SourceFacts;
type PresetSource = Exclude<SourceService, 'custom'>;

const github: ReadFacts = ({ header, at }) => ({
  eventType: header('x-github-event'),
  action: at('action'),
  id: header('x-github-delivery'),
  idSigned: false,
});

/** One URL may serve several connected accounts, each with its own event ids. */
const stripe: ReadFacts = ({ at }) => {
  const id = at('id');
  return {
    eventType: at('type'),
    id: id === undefined ? undefined : JSON.stringify([at('account') ?? '', id]),
    idSigned: true,
    externalId: id,
  };
};

/** An update has one member beside its id, named after what happened. */
const telegram: ReadFacts = ({ at, body }) => ({
  eventType: updateType(body),
  id: at('update_id'),
  // The token covers the id but is always the same, so whoever has seen one request can forge the next.
  idSigned: true,
});

const updateType = (body: unknown): string | undefined =>
  isJsonObject(body)
    ? Object.keys(body).find((name) => name !== 'update_id' && isJsonObject(memberOf(body, name)))
    : undefined;

const standard =
  (idHeader: string, eventType: (from: FactsReader) => string | undefined): ReadFacts =>
  (from) => ({ eventType: eventType(from), id: from.header(idHeader), idSigned: true });

/** Event types as in GitLab's header, which its signature does not cover. */
const gitlabSigning: ReadFacts = ({ header, at }) => ({
  eventType: header('x-gitlab-event') ?? at('object_kind'),
  action: at('object_attributes.action'),
  id: header('webhook-id'),
  idSigned: true,
});

const slack: ReadFacts = ({ at }) => {
  const type = at('type');
  const command = at('command');
  return {
    eventType:
      type === 'event_callback'
        ? at('event.type')
        : (type ?? (command === undefined ? undefined : 'slash_command')),
    action: at('event.subtype') ?? command,
    // Interactions have no event id. Their bodies contain a trigger id, so they differ.
    id: at('event_id'),
    idSigned: true,
  };
};

/**
 * Before version 17.4 GitLab sends no key per event, and the UUID is shared by all events that one request, or one push
 * to several branches, causes (its lib/gitlab/web_hooks/recursion_detection/uuid.rb).
 */
const gitlab: ReadFacts = ({ header, at }) => {
  const key = header('idempotency-key');
  return {
    eventType: header('x-gitlab-event'),
    action: at('object_attributes.action'),
    id: key ?? header('x-gitlab-event-uuid'),
    idSigned: false,
    isIdShared: key === undefined,
  };
};

const shopify: ReadFacts = ({ header }) => ({
  eventType: header('x-shopify-topic'),
  id: header('x-shopify-webhook-id'),
  idSigned: false,
});

const bitbucket: ReadFacts = ({ header }) => ({
  eventType: header('x-event-key'),
  id: header('x-request-uuid'),
  idSigned: false,
});

const twilio: ReadFacts = ({ header, at }) => {
  const id = header('i-twilio-idempotency-token');
  const message = at('MessageSid') ?? at('SmsSid');
  const call = at('CallSid');
  return {
    eventType:
      at('EventType') ?? (message === undefined ? (call === undefined ? undefined : 'call') : 'message'),
    action: at('MessageStatus') ?? at('SmsStatus') ?? at('CallStatus'),
    id,
    idSigned: false,
    externalId: id ?? message ?? call,
  };
};

const interactionTypes: { readonly [type: string]: string } = {
  '1': 'ping',
  '2': 'application_command',
  '3': 'message_component',
  '4': 'application_command_autocomplete',
  '5': 'modal_submit',
};

const discord: ReadFacts = ({ at }) => {
  const type = at('type');
  return {
    eventType:
      at('event.type') ?? (type === undefined ? undefined : (interactionTypes[type] ?? `type_${type}`)),
    action: at('data.name') ?? at('data.custom_id'),
    id: at('id'),
    idSigned: true,
  };
};

export const presetFacts: { readonly [S in PresetSource]: ReadFacts } = {
  github,
  stripe,
  telegram,
  standard_webhooks: standard('webhook-id', ({ at }) => at('type')),
  // The standard says `type`; an example on Svix's own pages says `event_type`.
  svix: standard('svix-id', ({ at }) => at('type') ?? at('eventType') ?? at('event_type')),
  gitlab_signing: gitlabSigning,
  slack,
  gitlab,
  shopify,
  bitbucket,
  twilio,
  discord,
};
