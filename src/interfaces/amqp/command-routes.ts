import type { CommandType } from '../../application/command-queue.ts';
import { plainOptions } from '../../application/provider-call/call-options.ts';
import { isLeft, right } from '../../domain/shared/fp.ts';
import { invalidationBody } from '../wire/codecs/cache-codecs.ts';
import { distanceBody, geocodeBody, reverseBody } from '../wire/codecs/geocoding-codecs.ts';
import { strictObject } from '../wire/codecs/object-codec.ts';
import { uuid } from '../wire/codecs/values.ts';
import { callOutcome } from '../wire/presenters/call-reply.ts';
import { distanceOf } from '../wire/presenters/distance.ts';
import { matchesOf } from '../wire/presenters/matches.ts';
import { probeOf } from '../wire/presenters/service.ts';
import { noContent, ok } from '../wire/reply.ts';
import { route, type CommandDeps, type CommandRoute } from './command-route.ts';
import { sheetsCommandRoutes } from './sheets-command-routes.ts';

export type CommandRoutes = Readonly<Record<CommandType, CommandRoute>>;

/** Over HTTP this is part of the path. */
const probeBody = strictObject({ service_id: uuid }, {});

/**
 * The use case behind each command. Bodies and answers are those of the HTTP routes, and are read and written by the
 * same code.
 */
export const commandRoutes = ({ application, clock }: CommandDeps): CommandRoutes => {
  const { queries, commands } = application;
  return {
    'integration.command.geocode': route(geocodeBody, async (ctx, request) => {
      const answered = await queries.geocodeAddress(ctx, { request, options: plainOptions });
      return callOutcome(answered, matchesOf, ctx, clock);
    }),
    'integration.command.reverse_geocode': route(reverseBody, async (ctx, request) => {
      const answered = await queries.reverseGeocode(ctx, { request, options: plainOptions });
      return callOutcome(answered, matchesOf, ctx, clock);
    }),
    'integration.command.distance': route(distanceBody, async (ctx, request) => {
      const answered = await queries.measureDistance(ctx, { request, options: plainOptions });
      return callOutcome(answered, distanceOf, ctx, clock);
    }),
    'integration.command.cache.invalidate': route(invalidationBody, async (ctx, scope) => {
      const done = await commands.invalidateCache(ctx, { key: undefined, query: scope });
      return isLeft(done) ? done : right(noContent);
    }),
    'integration.command.service.probe': route(probeBody, async (ctx, { service_id: id }) => {
      const probed = await commands.probeService(ctx, { key: undefined, query: { id } });
      return isLeft(probed) ? probed : right(ok(probeOf(probed.right.answer)));
    }),
    ...sheetsCommandRoutes({ application, clock }),
  };
};
