const set = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** Maps every spelling of a street type to the one that is printed and compared. */
export const streetTypes: ReadonlyMap<string, string> = new Map(
  [
    'улица ул',
    'проспект пр-т пр-кт просп',
    'переулок пер',
    'площадь пл',
    'набережная наб',
    'бульвар б-р бул',
    'проезд пр-д',
    'шоссе ш',
    'тупик туп',
    'квартал кв-л кв',
    "koʻchasi ko'chasi kuchasi ko'cha kocha kochasi",
    'кўчаси кучаси',
    'Street street st',
    'Avenue avenue ave',
    'Road road rd',
    'Square square sq',
    'Boulevard boulevard blvd',
  ].flatMap((line) => {
    const [printed = '', ...short] = line.split(' ');
    return [printed, ...short].map((word) => [word, printed] as const);
  }),
);

/** Words next to a town's name that say what it is. */
export const townWords = set('г гор город shahri shaxri шаҳри шахри city');
export const houseWords = set('д дом house uy уй no');
/** Those that follow their number: "12-uy". */
export const houseWordsBehind = set('uy уй');
/** Units inside a building: ignored, since a geocoder answers for the building. */
export const unitWords = set(
  'кв квартира оф офис пом помещение эт этаж подъезд xonadon flat apt apartment suite floor unit',
);
/** Parts of an address that distinguish another building. */
export const buildingWords: ReadonlyMap<string, string> = new Map([
  ['к', 'к'],
  ['корп', 'к'],
  ['корпус', 'к'],
  ['korpus', 'к'],
  ['с', 'с'],
  ['стр', 'с'],
  ['строение', 'с'],
  ['лит', 'лит'],
  ['литера', 'лит'],
  ['вл', 'вл'],
  ['владение', 'вл'],
]);
export const regionWords = set(
  'область обл край район р-н oblast region district viloyati вилояти tumani туман тумани округ',
);
export const countryNames: ReadonlySet<string> = new Set([
  'россия',
  'рф',
  'российская федерация',
  'russia',
  'russian federation',
  'узбекистан',
  'республика узбекистан',
  'ўзбекистон',
  'uzbekistan',
  "o'zbekiston",
  'казахстан',
  'kazakhstan',
  'кыргызстан',
  'kyrgyzstan',
  'таджикистан',
  'tajikistan',
  'uk',
  'united kingdom',
  'great britain',
  'england',
  'великобритания',
  'usa',
  'united states',
  'germany',
  'france',
]);

/** A street with this in its name does not exist: only its city is found, a poor match that a caller must notice. */
export const unknownStreet = /несуществующ|nonexistent|mavjud emas/u;
/** For house numbers above this, the street is found and the house is not. */
export const highestHouse = 4_999;
