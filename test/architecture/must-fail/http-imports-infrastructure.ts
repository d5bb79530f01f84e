// as src/interfaces/http/x.ts: http may not import src/infrastructure/system/system-clock.ts
export const load = () => import('../../infrastructure/system/system-clock.ts');
