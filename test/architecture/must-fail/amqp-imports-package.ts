// as src/interfaces/amqp/x.ts: amqp may not import io-ts
import type * as t from 'io-ts';
export type X = t.Mixed;
