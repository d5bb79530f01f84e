// as src/application/queries/x.ts: queries may not import src/application/commands/register-service.ts
export { registerService } from '../commands/register-service.ts';
