import { formFields } from '../request/form-fields.ts';

const URL_PARTS = /^(https?:\/\/)(\[[^\]]*\]|[^/?#:]*)((?::\d*)?)(.*)$/i;

/**
 * All texts over which Twilio may compute a signature for one configured URL. Twilio decides which it uses: with or
 * without the port, whichever was called, and in some products as normalised by a URL parser or an old query encoder
 * (`%27` for an apostrophe, `/` for an empty path). Its own package tries all of these, too.
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
  // As Node's `querystring` does by way of an object: values of one name are grouped, and integer names come first.
  const byName = Object.groupBy(fields, ([name]) => name);
  const pairs = Object.values(byName).flatMap((same = []) =>
    same.map((field) => field.map(encodeURIComponent).join('=')),
  );
  return url.slice(0, at) + pairs.join('&');
};
