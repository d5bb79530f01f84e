// as src/interfaces/amqp/x.ts: amqp may not import src/interfaces/http/exchange.ts
import type { Exchange } from '../http/exchange.ts';
export type X = Exchange;
