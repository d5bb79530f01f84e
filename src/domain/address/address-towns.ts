const words = (...lists: readonly string[]): readonly string[] => lists.join(' ').split(' ');

const UZBEK = words(
  'тошкент самарқанд бухоро андижон фарғона қўқон марғилон қарши термиз урганч жиззах чирчиқ олмалиқ',
  "toshkent samarqand buxoro andijon farg'ona qo'qon marg'ilon qarshi termiz urganch jizzax chirchiq olmaliq",
);
const UZBEK_TOWNS = new Set(UZBEK);
/** As Uzbek spells them, so that what stands behind them is Uzbek as well. */
export const isUzbekTown = (word: string): boolean => UZBEK_TOWNS.has(word);

const KAZAKH_TOWNS = new Set(
  words(
    'алматы астана шымкент қарағанды ақтөбе тараз павлодар өскемен семей атырау қостанай қызылорда орал петропавл ақтау',
    'түркістан көкшетау талдықорған теміртау екібастұз рудный жезқазған балқаш қонаев',
  ),
);
/** As Kazakh spells them. In Uzbek "қ." is a village. */
export const isKazakhTown = (word: string): boolean => KAZAKH_TOWNS.has(word);

/** Of no town that streets and districts are called after without a type, as Навои and Гулистан. */
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
/** The best known ones, by their full names: what ends in front of them ends there without a comma, too. */
export const isKnownTown = (name: string): boolean => TOWNS.has(name);
