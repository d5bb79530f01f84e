// as src/application/queries/x.ts: queries may not import src/application/event-bus.ts
export type X = import('../event-bus.ts').EventBus;
