/**
 * Placeholder for the token in a public URL, because the token is unknown before the webhook is created, and rotates.
 */
const PLACEHOLDER = '{token}';

/** The URL as the sender calls it. Only the token comes from the request, and it is known to belong to the webhook. */
export const calledUrl = (publicUrl: string | undefined, token: string): string | undefined =>
  publicUrl?.replaceAll(PLACEHOLDER, () => token);

/** Whether the called URL depends on the token. */
export const namesToken = (publicUrl: string | undefined): boolean =>
  publicUrl !== undefined && publicUrl.includes(PLACEHOLDER);
