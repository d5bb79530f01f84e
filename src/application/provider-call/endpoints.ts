import type { ProviderName } from '../../domain/external-service/external-service.ts';
import type { Endpoint } from './operation.ts';

const geocoding: { readonly [P in ProviderName]: Endpoint | undefined } = {
  google_maps: { httpMethod: 'GET', path: '/geocode/json' },
  yandex_maps: { httpMethod: 'GET', path: '/' },
  gazetteer: undefined,
  google_sheets: undefined,
};

const routing: { readonly [P in ProviderName]: Endpoint | undefined } = {
  google_maps: { httpMethod: 'POST', path: '/distanceMatrix/v2:computeRouteMatrix' },
  yandex_maps: { httpMethod: 'GET', path: '/distancematrix' },
  gazetteer: undefined,
  google_sheets: undefined,
};

/** Paths below the provider's base URL, as the trail shows them. In-process providers have none. */
export const geocodingEndpoint = (provider: ProviderName): Endpoint | undefined => geocoding[provider];
export const routingEndpoint = (provider: ProviderName): Endpoint | undefined => routing[provider];
