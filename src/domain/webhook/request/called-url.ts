/** Stands in a public URL for the token, which nobody knows before the webhook is made and which rotates. */
const PLACEHOLDER = '{token}';

/** The URL as the sender calls it. Only the token comes from the request, and it is known to be the webhook's. */
export const calledUrl = (publicUrl: string | undefined, token: string): string | undefined =>
  publicUrl?.replaceAll(PLACEHOLDER, () => token);

/** Whether nobody can say how it is called who does not know the token. */
export const namesToken = (publicUrl: string | undefined): boolean =>
  publicUrl !== undefined && publicUrl.includes(PLACEHOLDER);
