import { readdirSync, readFileSync } from 'node:fs';
import type { GeocodeMatches, Geocoder } from '../../src/domain/provider/geocoder.ts';
import type { ProviderError } from '../../src/domain/provider/provider-error.ts';
import type { Router } from '../../src/domain/provider/router.ts';
import type { Either } from '../../src/domain/shared/fp.ts';
import { providerHttp, type ProviderHttp } from '../../src/infrastructure/providers/provider-http.ts';
import { outboundPolicy } from '../../src/infrastructure/security/outbound-policy.ts';
import { fixedClock } from './fixed-clock.ts';
import { fixtureServer, json, type FixtureResponse, type FixtureServer } from './fixture-server.ts';
import { anAccess } from './provider-access.ts';

export type GeocodeFixture = {
  readonly id: string;
  readonly kind: 'forward' | 'reverse' | 'error';
  readonly request: {
    readonly path: string;
    readonly query: Readonly<Record<string, string>>;
  };
  readonly response: FixtureResponse;
  readonly expectNormalised?: {
    readonly lat?: number;
    readonly lng?: number;
    readonly level: string;
    readonly score?: number;
    readonly partialMatch?: boolean;
    readonly countryCode?: string;
  };
};
export type DistanceFixture = { readonly id: string; readonly response: FixtureResponse };

export const readFixture = (file: string): unknown =>
  JSON.parse(readFileSync(new URL(`../fixtures/${file}`, import.meta.url), 'utf8'));

/** The cases of one list in `<kind>.json` and in every `<kind>.*.json` beside it, which hold our own cases. */
export const fixtureCases = <Case>(kind: string, list: string): readonly Case[] =>
  readdirSync(new URL('../fixtures/', import.meta.url))
    .filter((file) => file.startsWith(`${kind}.`) && file.endsWith('.json'))
    .toSorted()
    .flatMap((file) => (readFixture(file) as { readonly [name: string]: readonly Case[] })[list] ?? []);

/** The limit that {@link askFixture} asks for, and the most matches that an adapter returns for a point. */
export const MOST_MATCHES = 10;

/** An adapter and the loopback server that acts as its provider. */
export type ProviderRig<Adapter> = {
  readonly server: FixtureServer;
  readonly http: ProviderHttp;
  readonly adapter: Adapter;
  readonly close: () => Promise<void>;
};

export const providerRig = async <Adapter extends Geocoder & Router>(
  build: (deps: { readonly http: ProviderHttp }) => Adapter,
): Promise<ProviderRig<Adapter>> => {
  const server = await fixtureServer(json(500, {}));
  const http = providerHttp({
    guard: outboundPolicy({ allowPrivate: true }),
    clock: fixedClock(),
    version: 'test',
  });
  return {
    server,
    http,
    adapter: build({ http }),
    close: async () => {
      http.close();
      await server.close();
    },
  };
};

type Asked = Pick<GeocodeFixture, 'kind' | 'request'>;

/** Calls the adapter with the request of the fixture, whichever parameter names the provider uses. */
export const askFixture = (
  { server, adapter }: ProviderRig<Geocoder>,
  { kind, request: { query } }: Asked,
  order: 'latitude-first' | 'longitude-first',
): Promise<Either<ProviderError, GeocodeMatches>> => {
  const access = anAccess({ baseUrl: server.origin });
  const language = (query['language'] ?? query['lang'] ?? 'ru').slice(0, 2);
  if (kind === 'reverse') {
    const pair = (query['latlng'] ?? query['geocode'] ?? '').split(',').map(Number);
    const [latitude = 0, longitude = 0] = order === 'latitude-first' ? pair : pair.toReversed();
    return adapter.reverse(access, { coordinates: { latitude, longitude }, language });
  }
  const address = query['address'] ?? query['geocode'] ?? 'Москва';
  return adapter.geocode(access, { address, language, limit: MOST_MATCHES });
};
