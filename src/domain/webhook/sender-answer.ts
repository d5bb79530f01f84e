import { isJsonObject } from '../shared/json.ts';
import { memberOf } from './body-path.ts';
import { contentValue, type DeliveryContent } from './delivery-content.ts';
import { FORM, mediaType } from './media-type.ts';
import type { RawDelivery } from './raw-delivery.ts';
import type { ResponseRule, SourceService } from './signature-scheme.ts';

/** "Your HTTP 200 response must be empty for this step to complete successfully" (Slack, Modals). */
const NOTHING: ResponseRule = { status: 200, contentType: undefined, body: '' };
/** "Your app should respond with a 204 status code with no body"; else it is sent again, and in the end no more. */
const NO_CONTENT: ResponseRule = { status: 204, contentType: undefined, body: undefined };

/**
 * What an accepted delivery is answered with where its webhook says nothing; undefined: the usual. Whoever submits a
 * form of Slack's, or types a command, gets to see what stands in the answer to it; events are answered as ever.
 */
export const senderAnswer = (
  source: SourceService,
  delivery: RawDelivery,
  content: DeliveryContent,
): ResponseRule | undefined => {
  if (source === 'slack') return mediaType(delivery) === FORM ? NOTHING : undefined;
  if (source !== 'discord') return undefined;
  // Interactions have none: they want an answer that says something, which only their owner knows.
  return isJsonObject(memberOf(contentValue(content), 'event')) ? NO_CONTENT : undefined;
};
