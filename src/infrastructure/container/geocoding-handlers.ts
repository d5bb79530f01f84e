import type { Application } from '../../application/application.ts';
import { pipeline, type PipelineDeps } from '../../application/provider-call/compose.ts';
import { distanceOperation } from '../../application/provider-call/operations/distance-operation.ts';
import { geocodeOperation } from '../../application/provider-call/operations/geocode-operation.ts';
import { reverseGeocodeOperation } from '../../application/provider-call/operations/reverse-geocode-operation.ts';
import {
  straightLineOperation,
  viaStraightLine,
} from '../../application/provider-call/operations/straight-line-operation.ts';
import { withJournal } from '../../application/provider-call/stages/with-journal.ts';
import { geocodeAddress } from '../../application/queries/geocode-address.ts';
import { measureDistance } from '../../application/queries/measure-distance.ts';
import { reverseGeocode } from '../../application/queries/reverse-geocode.ts';
import type { ExternalServiceReader } from '../../domain/external-service/external-service-repository.ts';
import { straightLineMetres } from '../providers/straight-line.ts';
import type { Adapters, Lives } from './identifiers.ts';

type Handlers = Pick<Application['queries'], 'geocodeAddress' | 'reverseGeocode' | 'measureDistance'>;

/** The geocoding operations, each through all stages of the pipeline. */
export const geocodingHandlers = (
  deps: PipelineDeps,
  services: ExternalServiceReader,
  adapters: Adapters,
  lives: Lives,
): Handlers => {
  const through = pipeline(deps);
  const geocode = through(geocodeOperation(adapters, lives.geocode));
  const reverse = through(reverseGeocodeOperation(adapters, lives.reverse));
  const route = through(distanceOperation(adapters, lives.distance));
  const straightLine = withJournal(deps)(straightLineOperation, viaStraightLine(straightLineMetres));
  return {
    geocodeAddress: geocodeAddress({ services, geocode }),
    reverseGeocode: reverseGeocode({ services, reverse }),
    measureDistance: measureDistance({ services, geocode, route, straightLine, clock: deps.clock }),
  };
};
