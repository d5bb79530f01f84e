// as src/interfaces/http/x.ts: interfaces may not import src/infrastructure/system/system-clock.ts
export const load = () => import('../../infrastructure/system/system-clock.ts');
