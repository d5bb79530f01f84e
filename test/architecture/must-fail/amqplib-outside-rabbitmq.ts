// as src/infrastructure/postgres/x.ts: amqplib belongs to src/infrastructure/rabbitmq/ alone
import type { Channel } from 'amqplib';
export type X = Channel;
