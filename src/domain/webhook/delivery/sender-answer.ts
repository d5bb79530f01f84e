import { isJsonObject } from '../../shared/json.ts';
import { memberOf } from '../scheme/body-path.ts';
import { contentValue } from './delivery-content.ts';
import type { DeliveryFacts } from './delivery-facts.ts';
import type { ResponseRule, SourceService } from '../scheme/signature-scheme.ts';

const NOTHING: ResponseRule = { status: 200, contentType: undefined, body: '' };
/**
 * Discord: "Your app should respond with a 204 status code with no body". Otherwise it sends again, and finally stops.
 */
const NO_CONTENT: ResponseRule = { status: 204, contentType: undefined, body: undefined };

/**
 * Slack, Modals: "your HTTP 200 response must be empty for this step to complete successfully". The response to a slash
 * command would be shown to the user as a message.
 */
const UNANSWERED: ReadonlySet<string | undefined> = new Set(['view_submission', 'slash_command']);

/** The response to an accepted delivery if its webhook configures none; undefined: the default. */
export const senderAnswer = (
  source: SourceService,
  { eventType, content }: Pick<DeliveryFacts, 'eventType' | 'content'>,
): ResponseRule | undefined => {
  if (source === 'slack') return UNANSWERED.has(eventType) ? NOTHING : undefined;
  if (source !== 'discord') return undefined;
  // Interactions get the default: they expect a meaningful answer, which only their owner can give.
  return isJsonObject(memberOf(contentValue(content), 'event')) ? NO_CONTENT : undefined;
};
