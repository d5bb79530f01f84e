import type { Express } from 'express';
import { IncomingMessage, ServerResponse, type ServerOptions } from 'node:http';

type Constructor = new (...args: never[]) => object;

/**
 * Messages for the server in front of Express that have Express's prototypes from the start. Express sets these on
 * every request and response, and objects whose prototype was changed are slow in V8.
 */
export const expressMessages = ({ request, response }: Express): ServerOptions => ({
  IncomingMessage: bornWith(request, IncomingMessage) as typeof IncomingMessage,
  ServerResponse: bornWith(response, ServerResponse) as typeof ServerResponse,
});

const bornWith = (prototype: object, base: Constructor): Constructor => {
  const born = function (...args: readonly unknown[]): object {
    return Reflect.construct(base, args, born) as object;
  };
  born.prototype = prototype;
  return born as unknown as Constructor;
};
