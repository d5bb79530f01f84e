export type Names = { readonly ru: string; readonly en: string; readonly uz: string };
export type CountryCode = keyof typeof countries;

export const names = (ru: string, en: string, uz = en): Names => ({ ru, en, uz });

/** `land` identifies areas connected by road: Great Britain has its tunnel. Streets are used for reverse geocoding. */
export const countries = {
  UZ: {
    names: names('Узбекистан', 'Uzbekistan', 'Oʻzbekiston'),
    land: 'eurasia',
    streets: [
      names('улица Навои', 'Navoi Street', 'Navoiy koʻchasi'),
      names('улица Бабура', 'Bobur Street', 'Bobur koʻchasi'),
      names('улица Мустакиллик', 'Mustaqillik Street', 'Mustaqillik koʻchasi'),
    ],
  },
  RU: {
    names: names('Россия', 'Russia', 'Rossiya'),
    land: 'eurasia',
    streets: [
      names('улица Ленина', 'Lenina Street'),
      names('улица Мира', 'Mira Street'),
      names('Садовая улица', 'Sadovaya Street'),
    ],
  },
  KZ: {
    names: names('Казахстан', 'Kazakhstan', 'Qozogʻiston'),
    land: 'eurasia',
    streets: [names('проспект Абая', 'Abay Avenue')],
  },
  KG: {
    names: names('Кыргызстан', 'Kyrgyzstan', 'Qirgʻiziston'),
    land: 'eurasia',
    streets: [names('проспект Чуй', 'Chuy Avenue')],
  },
  TJ: {
    names: names('Таджикистан', 'Tajikistan', 'Tojikiston'),
    land: 'eurasia',
    streets: [names('проспект Рудаки', 'Rudaki Avenue')],
  },
  GB: {
    names: names('Великобритания', 'United Kingdom', 'Buyuk Britaniya'),
    land: 'eurasia',
    streets: [names('Хай-стрит', 'High Street'), names('Черч-роуд', 'Church Road')],
  },
  DE: {
    names: names('Германия', 'Germany'),
    land: 'eurasia',
    streets: [names('Хауптштрассе', 'Hauptstraße')],
  },
  FR: {
    names: names('Франция', 'France'),
    land: 'eurasia',
    streets: [names('рю де ла Пе', 'Rue de la Paix')],
  },
  TR: {
    names: names('Турция', 'Turkey'),
    land: 'eurasia',
    streets: [names('проспект Истикляль', 'İstiklal Caddesi')],
  },
  AE: {
    names: names('ОАЭ', 'United Arab Emirates'),
    land: 'eurasia',
    streets: [names('Шейх-Заид-роуд', 'Sheikh Zayed Road')],
  },
  US: { names: names('США', 'United States'), land: 'america', streets: [names('Бродвей', 'Broadway')] },
  JP: { names: names('Япония', 'Japan'), land: 'japan', streets: [names('Тюо-дори', 'Chuo Dori')] },
  AU: {
    names: names('Австралия', 'Australia'),
    land: 'australia',
    streets: [names('Джордж-стрит', 'George Street')],
  },
} as const satisfies Record<
  string,
  { readonly names: Names; readonly land: string; readonly streets: readonly Names[] }
>;
