import { pos, type GeoObject } from './yandex-geo-object.ts';
import type { Point } from './places.ts';

export type Meta = {
  readonly request: string;
  readonly results: string;
  readonly found: string;
  readonly Point?: { readonly pos: string };
  readonly kind?: string;
};

export type YandexBody = {
  readonly response: {
    readonly GeoObjectCollection: {
      readonly metaDataProperty: { readonly GeocoderResponseMetaData: Meta };
      readonly featureMember: readonly { readonly GeoObject: GeoObject }[];
    };
  };
};

/** The caller's paging parameters: `results` and `skip` as sent, checked to be numbers. */
export type Page = { readonly results: number; readonly skip: number };

const collection = (meta: Meta, objects: readonly GeoObject[]): YandexBody => ({
  response: {
    GeoObjectCollection: {
      metaDataProperty: { GeocoderResponseMetaData: meta },
      featureMember: objects.map((object) => ({ GeoObject: object })),
    },
  },
});

export type Asked = {
  readonly geocode: string;
  readonly page: Page;
  /** Set for coordinates. */
  readonly point?: Point | undefined;
  readonly kind?: string | undefined;
};

/** Counts are strings; `found` is the total over all pages. */
export const pageOf = (
  { geocode, page, point, kind }: Asked,
  objects: readonly GeoObject[],
  found = objects.length,
): YandexBody =>
  collection(
    {
      request: geocode,
      results: String(page.results),
      found: String(found),
      ...(point ? { Point: { pos: pos(point) } } : {}),
      ...(kind === undefined ? {} : { kind }),
    },
    objects.slice(page.skip, page.skip + page.results),
  );

export const partsOf = (
  body: YandexBody,
): { readonly meta: Meta; readonly objects: readonly GeoObject[] } => {
  const { metaDataProperty, featureMember } = body.response.GeoObjectCollection;
  return {
    meta: metaDataProperty.GeocoderResponseMetaData,
    objects: featureMember.map((member) => member.GeoObject),
  };
};

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/**
 * The older address answers like this without `format=json`; a caller that forgot it must receive something that is not
 * JSON.
 */
export const asXml = (body: YandexBody): string => {
  const { meta, objects } = partsOf(body);
  const members = objects.map(
    ({ metaDataProperty: { GeocoderMetaData }, Point: { pos: at } }) =>
      `<featureMember><GeoObject><metaDataProperty><GeocoderMetaData><kind>${GeocoderMetaData.kind}</kind>` +
      `<text>${escaped(GeocoderMetaData.text)}</text><precision>${GeocoderMetaData.precision}</precision>` +
      `</GeocoderMetaData></metaDataProperty><Point><pos>${at}</pos></Point></GeoObject></featureMember>`,
  );
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<ymaps xmlns="http://maps.yandex.ru/ymaps/1.x"><GeoObjectCollection>` +
    `<metaDataProperty><GeocoderResponseMetaData><request>${escaped(meta.request)}</request>` +
    `<found>${meta.found}</found><results>${meta.results}</results></GeocoderResponseMetaData></metaDataProperty>` +
    `${members.join('')}</GeoObjectCollection></ymaps>`
  );
};
