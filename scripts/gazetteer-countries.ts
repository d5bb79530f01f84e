import { foldName } from '../src/infrastructure/providers/gazetteer/fold-name.ts';

/** Names that people use and CLDR does not list. */
const SYNONYMS: { readonly [code: string]: readonly string[] } = {
  UZ: [
    'Республика Узбекистан',
    'Oʻzbekiston Respublikasi',
    'Ўзбекистон Республикаси',
    'Republic of Uzbekistan',
    'РУз',
  ],
  RU: ['РФ', 'Российская Федерация', 'Russian Federation', 'Rossiya Federatsiyasi'],
  KZ: ['Республика Казахстан', 'РК', 'Қазақстан', 'Qozogʻiston'],
  KG: ['Кыргызстан', 'Киргизия', 'Кыргызская Республика', 'Qirgʻiziston', 'Kyrgyz Republic'],
  TJ: ['Республика Таджикистан', 'Tojikiston'],
  TM: ['Туркмения', 'Туркменистан', 'Turkmaniston'],
  BY: ['Белоруссия', 'Республика Беларусь', 'РБ'],
  GB: ['UK', 'Great Britain', 'Britain', 'England', 'Scotland', 'Wales', 'Англия', 'Соединенное Королевство'],
  US: ['USA', 'US', 'United States of America', 'США', 'America', 'Америка'],
  AE: ['UAE', 'ОАЭ', 'Emirates', 'Эмираты'],
  KR: ['Korea', 'Южная Корея', 'Корея'],
  CZ: ['Czech Republic', 'Чешская Республика'],
  NL: ['Holland', 'Голландия'],
  CN: ['КНР', 'PRC'],
  TR: ['Turkey', 'Турция', 'Turkiya'],
  DE: ['ФРГ'],
  MM: ['Burma'],
  MD: ['Молдавия', 'Молдова'],
};

const LANGUAGES = ['en', 'ru', 'uz'] as const;
/** Uzbek in Cyrillic is accepted as input, but never output. */
const READ_ONLY = 'uz-Cyrl';

const namesIn = (language: string): ((code: string) => string) => {
  const names = new Intl.DisplayNames(language, { type: 'region' });
  return (code) => names.of(code) ?? code;
};

/** `code, English, Russian, Uzbek, every normalised spelling`, from the CLDR data of this Node. */
export const countryRows = (codes: ReadonlySet<string>): readonly string[] => {
  const displayed = LANGUAGES.map(namesIn);
  const read = namesIn(READ_ONLY);
  return [...codes].toSorted().map((code) => {
    const names = displayed.map((name) => name(code));
    const keys = new Set([...names, read(code), ...(SYNONYMS[code] ?? [])].map(foldName));
    return [code, ...names, [...keys].join('|')].join('\t');
  });
};
