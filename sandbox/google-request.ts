import type { GoogleResult, Language } from './google-result.ts';
import type { Call, Marker } from './stand-in.ts';

/** Answers use the requested language, otherwise that of Accept-Language, like the real service. */
export const languageOf = ({ query, headers }: Call, mark: Marker): Language => {
  const asked = query.get('language');
  if (asked === null || asked === '') mark('missing_language');
  else if (!/^[a-z]{2,3}(?:-[a-z0-9]{2,8})*$/iu.test(asked)) mark('bad_lang_form');
  const primary = (asked || headers['accept-language'] || 'en').slice(0, 2).toLowerCase();
  if (primary === 'uz') return 'uz';
  return ['ru', 'uk', 'be', 'kk', 'ky', 'tg'].includes(primary) ? 'ru' : 'en';
};

export type Components = { readonly countries: readonly string[]; readonly text: string };

/** `country:UZ|locality:Tashkent`. Undefined if a restricting component is repeated, which is refused. */
export const readComponents = (value: string): Components | undefined => {
  const parts = value.split('|').map((part) => {
    const at = part.indexOf(':');
    return [part.slice(0, at), part.slice(at + 1)] as const;
  });
  const all = (name: string): string[] => parts.flatMap(([key, text]) => (key === name ? [text] : []));
  if (['country', 'postal_code', 'route'].some((name) => all(name).length > 1)) return undefined;
  const text = ['route', 'street_number', 'locality', 'administrative_area'].flatMap(all).join(', ');
  return { countries: all('country'), text };
};

export const inCountry = (result: GoogleResult, asked: readonly string[]): boolean =>
  asked.every((name) =>
    result.address_components.some(
      ({ types, short_name, long_name }) =>
        types.includes('country') &&
        [short_name, long_name].some((own) => own.toLowerCase() === name.toLowerCase()),
    ),
  );

/** Both lists filter after the search. */
export const passes = (result: GoogleResult, query: URLSearchParams): boolean => {
  const types = query.get('result_type')?.split('|');
  const locations = query.get('location_type')?.split('|');
  return (
    (!types || result.types.some((type) => types.includes(type))) &&
    (!locations || locations.includes(result.geometry.location_type))
  );
};
