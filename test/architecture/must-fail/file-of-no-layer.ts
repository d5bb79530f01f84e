// as lib/x.ts: lib/x.ts belongs to no layer
export const x = 1;
