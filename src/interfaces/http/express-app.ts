import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler } from 'express';
import { answer, refuseOutright } from './answering.ts';
import type { Route } from './endpoint.ts';
import { malformed } from '../wire/failure.ts';
import { openExchange, type Exchange, type HttpKit, type PathParameters } from './exchange.ts';

/** Mounts the routes in order, and after them the handlers for wrong methods (405) and unknown paths (404). */
export const expressApp = (kit: HttpKit, routes: readonly Route[]): Express => {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  const refuseOthers = (path: string) =>
    app.all(expressPath(path), wrongMethod(kit, path, methodsAt(routes, path)));
  for (const [index, route] of routes.entries()) {
    app[route.method](expressPath(route.path), served(kit, route));
    // Directly after the last route of this path: `GET /webhooks/in` must not be taken for a webhook with the id "in".
    if (!hasParameters(route.path) && isLastOf(routes, index)) refuseOthers(route.path);
  }
  for (const path of closestFirst(routes)) refuseOthers(path);
  app.use(unknownPath(kit));
  app.use(unreadablePath(kit, routes));
  return app;
};

const hasParameters = (path: string): boolean => path.includes('{');
const parametersIn = (path: string): number => path.split('{').length - 1;
/** Paths with fewer parameters first, since they are the more specific ones. */
const closestFirst = (routes: readonly Route[]): readonly string[] =>
  [...new Set(routes.map(({ path }) => path))].sort((a, b) => parametersIn(a) - parametersIn(b));
const isLastOf = (routes: readonly Route[], index: number): boolean =>
  routes.findLastIndex(({ path }) => path === routes[index]?.path) === index;

/** OpenAPI writes `{id}`, Express writes `:id`. */
const expressPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

const served =
  (kit: HttpKit, route: Route): RequestHandler =>
  (req, res) => {
    // Never rejects, so Express need not handle the promise.
    void answer(openExchange(kit, req, res, route.path, paramsOf(req)), route.serve);
  };

/** A parameter is a list only with wildcards, which no route here uses. */
const paramsOf = (req: Request): PathParameters => req.params as PathParameters;

/**
 * Methods that reach this path, also by routes with parameters: `PUT /sheets/{spreadsheet_id}/values/batch-get` writes
 * to the range "batch-get".
 */
const methodsAt = (routes: readonly Route[], path: string): readonly string[] => {
  const reached = routes.filter(
    (route) => !route.isForSome && (route.path === path || (hasParameters(path) && covers(route.path, path))),
  );
  return [
    ...new Set(
      reached.flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()])),
    ),
  ];
};

const covers = (path: string, other: string): boolean => {
  const [parts, others] = [path.split('/'), other.split('/')];
  return parts.length === others.length && parts.every((part, at) => part[0] === '{' || part === others[at]);
};

const wrongMethod =
  (kit: HttpKit, path: string, allow: readonly string[]): RequestHandler =>
  (req, res) =>
    refuseOutright(openExchange(kit, req, res, path, {}), { kind: 'method-not-allowed', allow });

const unrouted = (kit: HttpKit, req: Request, res: Exchange['res']): Exchange =>
  openExchange(kit, req, res, 'unrouted', {});

const unknownPath =
  (kit: HttpKit): RequestHandler =>
  (req, res) =>
    refuseOutright(unrouted(kit, req, res), { kind: 'route-unknown' });

/** Handlers here never fail, so an error means a path whose percent-encoding Express could not decode. */
const unreadablePath =
  (kit: HttpKit, routes: readonly Route[]): ErrorRequestHandler =>
  (error: unknown, req, res, _next) => {
    if (!(error instanceof URIError)) return answer(unrouted(kit, req, res), () => Promise.reject(error));
    const path = req.path.replace(/\/$/, '');
    const route = routes.find((one) => one.takesUndecoded && covers(one.path, path));
    if (route === undefined)
      return refuseOutright(
        unrouted(kit, req, res),
        malformed('the path is not valid percent-encoded UTF-8'),
      );
    const exchange = openExchange(kit, req, res, route.path, {});
    const allow = methodsAt(routes, route.path);
    return allow.includes(req.method)
      ? answer(exchange, route.serve)
      : refuseOutright(exchange, { kind: 'method-not-allowed', allow });
  };
