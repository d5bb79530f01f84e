import type { Token } from './address-token.ts';
import { meaningOf, type Meaning } from './address-vocabulary.ts';

/**
 * Names and kinds of places of several words, with their short forms: first word, the other words, and their meaning.
 */
const PHRASES: readonly (readonly [first: string, rest: readonly string[], meaning: string])[] = [
  ['с', ['петербург'], 'санкт-петербург'],
  ['с', ['пб'], 'санкт-петербург'],
  ['санкт', ['петербург'], 'санкт-петербург'],
  ['н', ['новгород'], 'нижний новгород'],
  ['н-новгород', [], 'нижний новгород'],
  ['нижний-новгород', [], 'нижний новгород'],
  ['нижний', ['новгород'], 'нижний новгород'],
  ['в', ['о'], 'во'],
  ['в', ['новгород'], 'великий новгород'],
  ['великий', ['новгород'], 'великий новгород'],
  ['набережная', ['челны'], 'набережные челны'],
  ['ростов', ['на', 'дону'], 'ростов-на-дону'],
  ['ростов', ['н/д'], 'ростов-на-дону'],
  ['ростов', ['н-д'], 'ростов-на-дону'],
  ['ростов', ['н', 'д'], 'ростов-на-дону'],
  ['ростов', ['н/дону'], 'ростов-на-дону'],
  ['российская', ['федерация'], 'россия'],
  ['р', ['ф'], 'россия'],
  ['республика', ['узбекистан'], 'узбекистан'],
  ['р', ['узбекистан'], 'узбекистан'],
  ['узбекистан', ['республика'], 'узбекистан'],
  ['республика', ['казахстан'], 'казахстан'],
  ['казахстан', ['республика'], 'казахстан'],
  ['қазақстан', ['республикасы'], 'қазақстан'],
  ["o'zbekiston", ['respublikasi'], "o'zbekiston"],
  ["o'zbekiston", ['resp'], "o'zbekiston"],
  ['ozbekiston', ['respublikasi'], 'ozbekiston'],
  ['ozbekiston', ['resp'], 'ozbekiston'],
  ['ўзбекистон', ['республикаси'], 'ўзбекистон'],
  ['ўзбекистон', ['республика'], 'ўзбекистон'],
  ['republic', ['of', 'uzbekistan'], 'uzbekistan'],
  ['russian', ['federation'], 'russia'],
  ['st', ['petersburg'], 'saint petersburg'],
  ['st-petersburg', [], 'saint petersburg'],
  ['saint-petersburg', [], 'saint petersburg'],
  ['п', ['г', 'т'], 'пгт'],
  ['поселок', ['городского', 'типа'], 'пгт'],
  ['р', ['п'], 'рп'],
  ['рабочий', ['поселок'], 'рп'],
  ['жилой', ['массив'], 'массив'],
  ['ықшам', ['ауданы'], 'ықшамаудан'],
  ['шағын', ['ауданы'], 'шағынаудан'],
  ['m', ['f', 'y'], 'mfy'],
  ['м', ['ф', 'й'], 'мфй'],
  ['u', ['k'], 'uk'],
  ['united', ['kingdom'], 'uk'],
  ['u', ['s', 'a'], 'usa'],
  ['united', ['states', 'of', 'america'], 'usa'],
  ['united', ['states'], 'usa'],
];

type Phrase = { readonly rest: readonly string[]; readonly text: string };

const phrases = new Map<string, Phrase[]>();
for (const [first, rest, text] of PHRASES)
  phrases.set(first, [...(phrases.get(first) ?? []), { rest, text }]);

const meaningIn = ({ text }: Phrase): Meaning => meaningOf(text) ?? { kind: 'word', text, follows: false };

const continues = (tokens: readonly Token[], at: number, { rest }: Phrase): boolean =>
  rest.every((word, index) => {
    const token = tokens[at + 1 + index];
    return token !== undefined && token.text === word && !token.gap;
  });

/**
 * Replaces phrases like "С.-Петербург", "Н. Новгород" and "Российская Федерация" by the one accepted full name of the
 * town or country.
 */
export const withFullNames = (tokens: readonly Token[]): readonly Token[] => {
  if (!tokens.some(({ text }) => phrases.get(text) !== undefined)) return tokens;
  const named: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined) break;
    const phrase = phrases.get(token.text)?.find((candidate) => continues(tokens, at, candidate));
    named.push(phrase === undefined ? token : { ...token, ...meaningIn(phrase) });
    at += phrase?.rest.length ?? 0;
  }
  return named;
};
