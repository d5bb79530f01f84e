const words = (...lists: readonly string[]): readonly string[] => lists.join(' ').split(' ');

const UZBEK = words(
  'тошкент самарқанд бухоро андижон фарғона қўқон марғилон қарши термиз урганч жиззах чирчиқ олмалиқ',
  "toshkent samarqand buxoro andijon farg'ona qo'qon marg'ilon qarshi termiz urganch jizzax chirchiq olmaliq",
);
const UZBEK_TOWNS = new Set(UZBEK);
/** Towns in Uzbek spelling: the words after them are then Uzbek as well. */
export const isUzbekTown = (word: string): boolean => UZBEK_TOWNS.has(word);

const KAZAKH_TOWNS = new Set(
  words(
    'алматы астана шымкент қарағанды ақтөбе тараз павлодар өскемен семей атырау қостанай қызылорда орал петропавл ақтау',
    'түркістан көкшетау талдықорған теміртау екібастұз рудный жезқазған балқаш қонаев',
  ),
);
/** Towns in Kazakh spelling. In Uzbek "қ." abbreviates "village". */
export const isKazakhTown = (word: string): boolean => KAZAKH_TOWNS.has(word);

/**
 * Does not include towns whose names are also names of streets and districts written without a type, such as Навои and
 * Гулистан.
 */
const TOWNS = new Set([
  ...UZBEK,
  ...words(
    'ташкент самарканд бухара андижан фергана коканд маргилан карши термез ургенч джизак чирчик алмалык',
    'наманган нукус namangan nukus tashkent samarkand bukhara andijan fergana',
    'москва санкт-петербург екатеринбург новосибирск казань челябинск омск самара уфа красноярск пермь',
    'воронеж волгоград краснодар тюмень ростов-на-дону moscow',
  ),
  'нижний новгород',
  'великий новгород',
  'набережные челны',
  'saint petersburg',
]);
/** The best known towns by their full names: a part of the address ends after them even without a comma. */
export const isKnownTown = (name: string): boolean => TOWNS.has(name);
