import type { Application } from '../../application/application.ts';
import type { CommandType } from '../../application/command-queue.ts';
import type { InvalidInput } from '../../application/input-problem.ts';
import { anyCache, type CallOptions } from '../../application/provider-call/provider-call.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { isLeft, map, right, type AsyncResult, type Either } from '../../domain/shared/fp.ts';
import type { TenantContext } from '../../domain/shared/tenant-context.ts';
import { invalidationBody } from '../http/codecs/cache-codecs.ts';
import type { Codec } from '../http/codecs/codec.ts';
import { distanceBody, geocodeBody, reverseBody } from '../http/codecs/geocoding-codecs.ts';
import { strictObject } from '../http/codecs/object-codec.ts';
import { uuid } from '../http/codecs/values.ts';
import { decode } from '../http/decode.ts';
import type { Failure } from '../http/failure.ts';
import { callReply } from '../http/presenters/call-reply.ts';
import { distanceOf } from '../http/presenters/distance.ts';
import { matchesOf } from '../http/presenters/matches.ts';
import { probeOf } from '../http/presenters/service.ts';
import { noContent, ok, type WholeReply } from '../http/reply.ts';

type Deps = { readonly application: Application; readonly clock: Pick<Clock, 'now'> };

export type CommandWork = (ctx: TenantContext) => AsyncResult<Failure, WholeReply>;
/** From a decoded JSON value to the work it asks for, or to everything that is wrong with it. */
export type CommandRoute = (body: unknown) => Either<InvalidInput, CommandWork>;
export type CommandRoutes = Readonly<Record<CommandType, CommandRoute | typeof NOT_AVAILABLE>>;

/** The name is promised, the use case is not there yet. */
export const NOT_AVAILABLE = 'not-available';

const options: CallOptions = { cache: anyCache, deadlineMs: undefined };
/** The HTTP route has this in its path. */
const probeBody = strictObject({ service_id: uuid }, {});

const route =
  <B>(
    codec: Codec<B>,
    run: (ctx: TenantContext, body: B) => AsyncResult<Failure, WholeReply>,
  ): CommandRoute =>
  (body) =>
    map(
      (request: B): CommandWork =>
        (ctx) =>
          run(ctx, request),
    )(decode(codec, body));

/** Which use case a command asks, and how. Bodies and answers are those of the HTTP routes, so they are made by the same code. */
export const commandRoutes = ({ application: { queries, commands }, clock }: Deps): CommandRoutes => ({
  'integration.command.geocode': route(geocodeBody, async (ctx, request) => {
    const answered = await queries.geocodeAddress(ctx, { request, options });
    return isLeft(answered)
      ? answered
      : right(callReply(answered.right, matchesOf, ctx.correlationId, clock.now()));
  }),
  'integration.command.reverse_geocode': route(reverseBody, async (ctx, request) => {
    const answered = await queries.reverseGeocode(ctx, { request, options });
    return isLeft(answered)
      ? answered
      : right(callReply(answered.right, matchesOf, ctx.correlationId, clock.now()));
  }),
  'integration.command.distance': route(distanceBody, async (ctx, request) => {
    const answered = await queries.measureDistance(ctx, { request, options });
    return isLeft(answered)
      ? answered
      : right(callReply(answered.right, distanceOf, ctx.correlationId, clock.now()));
  }),
  'integration.command.cache.invalidate': route(invalidationBody, async (ctx, scope) => {
    const done = await commands.invalidateCache(ctx, scope);
    return isLeft(done) ? done : right(noContent);
  }),
  'integration.command.service.probe': route(probeBody, async (ctx, { service_id: id }) => {
    const probed = await commands.probeService(ctx, { id });
    return isLeft(probed) ? probed : right(ok(probeOf(probed.right)));
  }),
  'integration.command.sheets.read': NOT_AVAILABLE,
  'integration.command.sheets.write': NOT_AVAILABLE,
  'integration.command.sheets.append': NOT_AVAILABLE,
  'integration.command.sheets.batch_update': NOT_AVAILABLE,
});
