import { isJsonObject } from '../../shared/json.ts';
import { memberOf } from '../scheme/body-path.ts';
import { contentValue } from './delivery-content.ts';
import type { DeliveryFacts } from './delivery-facts.ts';
import type { ResponseRule, SourceService } from '../scheme/signature-scheme.ts';

const NOTHING: ResponseRule = { status: 200, contentType: undefined, body: '' };
/** "Your app should respond with a 204 status code with no body"; else it is sent again, and in the end no more. */
const NO_CONTENT: ResponseRule = { status: 204, contentType: undefined, body: undefined };

/**
 * For a modal "your HTTP 200 response must be empty for this step to complete successfully" (Slack, Modals), and
 * whatever answers a command is shown as a message to whoever typed it.
 */
const UNANSWERED: ReadonlySet<string | undefined> = new Set(['view_submission', 'slash_command']);

/** What an accepted delivery is answered with where its webhook says nothing; undefined: the usual. */
export const senderAnswer = (
  source: SourceService,
  { eventType, content }: Pick<DeliveryFacts, 'eventType' | 'content'>,
): ResponseRule | undefined => {
  if (source === 'slack') return UNANSWERED.has(eventType) ? NOTHING : undefined;
  if (source !== 'discord') return undefined;
  // Interactions have none: they want an answer that says something, which only their owner knows.
  return isJsonObject(memberOf(contentValue(content), 'event')) ? NO_CONTENT : undefined;
};
