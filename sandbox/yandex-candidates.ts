import { plainKey, type FixtureFile } from './fixtures.ts';
import { pointKey } from './places.ts';
import type { Call } from './stand-in.ts';
import { pageOf, partsOf, type Asked, type YandexBody } from './yandex-collection.ts';
import { folded, insideWindow, pointOf } from './yandex-request.ts';

type Candidate = {
  readonly fixture: { readonly path: string; readonly query: Readonly<Record<string, string>> };
  readonly body: YandexBody;
};

const placeOf = (path: string, query: { get: (name: string) => string | null | undefined }): string => {
  const geocode = query.get('geocode') ?? '';
  const sco = query.get('sco') ?? null;
  const point = pointOf(geocode, sco);
  return `${folded(path)}|${sco ?? ''}|${point ? pointKey(point) : geocode.trim()}`;
};

const indexOf = (file: FixtureFile): ReadonlyMap<string, readonly Candidate[]> => {
  const index = new Map<string, Candidate[]>();
  for (const { request, response } of file.cases) {
    const { path, query = {} } = request;
    if (query['apikey'] !== plainKey || response.httpStatus !== 200) continue;
    const key = placeOf(path, { get: (name) => query[name] });
    const entry = { fixture: { path, query }, body: response.body as YandexBody };
    index.set(key, [...(index.get(key) ?? []), entry]);
  }
  return index;
};

/** A fixture of the same place with a matching language and kind; its page is computed again. */
export const yandexCandidates = (
  file: FixtureFile,
): ((call: Call, asked: Asked) => YandexBody | undefined) => {
  const index = indexOf(file);
  return (call, asked) => {
    const language = (call.query.get('lang') ?? 'ru').slice(0, 2);
    const fits = index.get(placeOf(call.path, call.query))?.find(({ fixture: { query } }) => {
      const sameLanguage = (query['lang'] ?? 'ru').slice(0, 2) === language;
      const sameKind = asked.kind === undefined || asked.kind === query['kind'];
      return sameLanguage && sameKind && Number(query['skip'] ?? 0) === asked.page.skip;
    });
    if (!fits) return undefined;
    const { meta, objects } = partsOf(fits.body);
    // The fixture already contains the requested page.
    const page = { ...asked, page: { ...asked.page, skip: 0 } };
    return pageOf(page, objects.filter(insideWindow(call.query)), Number(meta.found));
  };
};
