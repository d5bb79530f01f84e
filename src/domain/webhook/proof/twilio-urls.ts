import { formFields } from '../request/form-fields.ts';

const URL_PARTS = /^(https?:\/\/)(\[[^\]]*\]|[^/?#:]*)((?::\d*)?)(.*)$/i;

/**
 * The texts that a signature may be made over for one URL as it is configured. Which one is Twilio's to choose: with
 * the port or without, whichever was called, and for some of what it runs as a parser of URLs or an old encoder of
 * queries would write it (`%27` for an apostrophe, `/` where there is no path). Its own package tries all of these.
 */
export const twilioUrls = (url: string): readonly string[] => {
  const parsed = URL.canParse(url) ? portSpellings(new URL(url).toString()) : [];
  return [...new Set([...portSpellings(url), ...parsed, ...parsed.map(withEncodedQuery)])];
};

const portSpellings = (url: string): readonly string[] => {
  const [, scheme = '', host = '', port = '', rest = ''] = URL_PARTS.exec(url) ?? [];
  const usual = scheme.toLowerCase() === 'https://' ? ':443' : ':80';
  return [scheme + host + rest, scheme + host + (port === '' ? usual : port) + rest];
};

const withEncodedQuery = (url: string): string => {
  const at = url.indexOf('?') + 1;
  const fields = at === 0 || at === url.length ? undefined : formFields(Buffer.from(url.slice(at)));
  if (fields === undefined) return url;
  // As Node's `querystring` does, an object first: what has one name stands together, and numbers stand in front.
  const byName = Object.groupBy(fields, ([name]) => name);
  const pairs = Object.values(byName).flatMap((same = []) =>
    same.map((field) => field.map(encodeURIComponent).join('=')),
  );
  return url.slice(0, at) + pairs.join('&');
};
