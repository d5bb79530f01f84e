import type { Token } from './address-token.ts';

/** "Great St Helen's", "Mount St": before these St may be either. */
const BEFORE_SAINTS = new Set(
  'great little old new upper lower north south east west mount fort port church'.split(' '),
);

const isName = (token: Token | undefined): boolean =>
  token !== undefined && (token.kind === 'word' || token.kind === 'letter' || token.kind === 'code');

/** "St James", "10 Downing St, London": saint before a name, street after one, and "st" when it stands between two. */
const readSt = (token: Token, at: number, tokens: readonly Token[], lastType: number): Token => {
  if (token.kind !== 'st') return token;
  const before = tokens[at - 1];
  const next = tokens[at + 1];
  const beforeName = isName(next) && next?.gap === false;
  const afterName = isName(before) && !token.gap;
  if (beforeName && !afterName) return { ...token, text: 'saint', kind: 'word' };
  if (!beforeName && afterName) return { ...token, text: 'street', kind: 'type' };
  if (!afterName || lastType > at || BEFORE_SAINTS.has(before?.text ?? '')) return { ...token, kind: 'word' };
  return { ...token, text: 'street', kind: 'type' };
};

/** "shoh" and "koʻchasi" are one type; so are "tor", "berk" and theirs. */
const withWideTypes = (tokens: readonly Token[]): readonly Token[] => {
  const merged: Token[] = [];
  for (const token of tokens) {
    const before = merged.at(-1);
    const wide = before?.kind === 'wide' && token.kind === 'type' && token.follows && !token.gap;
    if (wide && !token.text.includes('-'))
      merged.splice(-1, 1, { ...token, text: `${before.text}-${token.text}` });
    else merged.push(token);
  }
  return merged;
};

/** Street types in full; a single one moves to the end, so that "ул. Тверская" and "Тверская ул." agree. */
export const withTypeLast = (tokens: readonly Token[]): readonly Token[] => {
  const wide = withWideTypes(tokens);
  const lastType = wide.findLastIndex(({ kind }) => kind === 'type');
  const read = wide.map((token, at) => readSt(token, at, wide, lastType));
  const types = read.filter(({ kind }) => kind === 'type');
  return types.length === 1 ? [...read.filter(({ kind }) => kind !== 'type'), ...types] : read;
};
