import { startSandbox, type Sandbox, type SandboxOptions } from '../../../sandbox/sandbox.ts';

/** One sandbox for the tests of a `describe`, as new before each of them. */
export const withSandbox = (options: SandboxOptions = {}): (() => Sandbox) => {
  let sandbox: Sandbox | undefined;
  before(async () => {
    sandbox = await startSandbox(options);
  });
  beforeEach(() => sandbox?.control({ reset: true }));
  after(() => sandbox?.stop());
  return () => {
    if (!sandbox) throw new Error('the sandbox is used before it runs');
    return sandbox;
  };
};

export type Reply = { readonly status: number; readonly headers: Headers; readonly text: string };

const reply = async (response: Response): Promise<Reply> => ({
  status: response.status,
  headers: response.headers,
  text: await response.text(),
});

export const get = async (base: string, query: Readonly<Record<string, string>>): Promise<Reply> =>
  reply(await fetch(`${base}?${new URLSearchParams(query).toString()}`));

export const post = async (
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> =>
  reply(
    await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  );

export const json = <Body>({ text }: Reply): Body => JSON.parse(text) as Body;

type GoogleGeocode = {
  readonly status: string;
  readonly error_message?: string;
  readonly plus_code?: { readonly global_code: string; readonly compound_code?: string };
  readonly results: readonly {
    readonly formatted_address: string;
    readonly partial_match?: boolean;
    readonly place_id: string;
    readonly types: readonly string[];
    readonly address_components: readonly {
      readonly long_name: string;
      readonly types: readonly string[];
    }[];
    readonly geometry: {
      readonly location_type: string;
      readonly location: { readonly lat: number; readonly lng: number };
    };
  }[];
};

export const google = async (
  sandbox: Sandbox,
  query: Readonly<Record<string, string>>,
): Promise<Reply & { readonly body: GoogleGeocode }> => {
  const full = { language: 'ru', key: 'SANDBOX-T', ...query };
  const answered = await get(`${sandbox.googleBaseUrl}/geocode/json`, full);
  return { ...answered, body: json<GoogleGeocode>(answered) };
};

type YandexGeocode = {
  readonly response: {
    readonly GeoObjectCollection: {
      readonly metaDataProperty: {
        readonly GeocoderResponseMetaData: Readonly<Record<string, unknown>>;
      };
      readonly featureMember: readonly {
        readonly GeoObject: {
          readonly metaDataProperty: {
            readonly GeocoderMetaData: {
              readonly kind: string;
              readonly precision: string;
              readonly text: string;
            };
          };
          readonly Point: { readonly pos: string };
        };
      }[];
    };
  };
};

/** Meta data and objects of a Yandex answer; for answers that are no collection use `get`. */
export const yandex = async (
  sandbox: Sandbox,
  query: Readonly<Record<string, string>>,
): Promise<{
  readonly meta: Readonly<Record<string, unknown>>;
  readonly objects: readonly { kind: string; precision: string; text: string; pos: string }[];
}> => {
  const full = { lang: 'ru_RU', format: 'json', apikey: 'SANDBOX-T', ...query };
  const { response } = json<YandexGeocode>(await get(sandbox.yandexBaseUrl, full));
  const { metaDataProperty, featureMember } = response.GeoObjectCollection;
  return {
    meta: metaDataProperty.GeocoderResponseMetaData,
    objects: featureMember.map(({ GeoObject }) => {
      const { kind, precision, text } = GeoObject.metaDataProperty.GeocoderMetaData;
      return { kind, precision, text, pos: GeoObject.Point.pos };
    }),
  };
};
