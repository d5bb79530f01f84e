// as src/infrastructure/container/x.ts: container may not import src/interfaces/http/server.ts
import { createHttpServer } from '../../interfaces/http/server.ts';
export const x = createHttpServer;
