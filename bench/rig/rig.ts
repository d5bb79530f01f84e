import { join } from 'node:path';
import { captureCachedAnswer } from '../rivals/captured-answer.ts';
import { measuringAdded, type MeasureAdded } from './added.ts';
import { startChild } from './child.ts';
import { measuring, type PartyName, type Rig } from './measuring.ts';
import { startService } from './service.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const PROVIDER_LATENCY_MS = 20;
/** A request for one hot address. */
export const GEOCODE = {
  method: 'POST',
  path: '/geocoding/geocode',
  body: JSON.stringify({ address: 'Tashkent' }),
} as const;

/** A rig in which the added latency of parties that ask the provider can be measured request by request. */
export type RigWithProvider = Rig & { readonly added: MeasureAdded<Exclude<PartyName, 'bare'>> };

export const startRig = async (): Promise<RigWithProvider> => {
  const folder = temporaryFolder();
  const sandbox = startChild('rivals/sandbox.ts');
  const provider = (await sandbox.ask(PROVIDER_LATENCY_MS)) as { port: number; googleUrl: string };
  const { googleUrl } = provider;
  const service = await startService(folder, googleUrl);
  const byHand = startChild('rivals/by-hand.ts');
  const hand = (await byHand.ask({ dataDir: join(folder, 'by-hand'), googleUrl })) as { port: number };
  const bare = startChild('rivals/bare-express.ts');
  const captured = await captureCachedAnswer(service, GEOCODE);
  const constant = (await bare.ask(captured)) as { port: number };
  const asCaller = { kind: 'gateway', headers: service.headers } as const;
  const rig = measuring(sandbox.pid, {
    sandbox: { pid: sandbox.pid, target: { kind: 'google', key: 'SANDBOX-BENCH', port: provider.port } },
    bare: { pid: bare.pid, target: { ...asCaller, port: constant.port } },
    'by-hand': { pid: byHand.pid, target: { ...asCaller, port: hand.port } },
    service: { pid: service.pid, target: { ...asCaller, port: service.port } },
  });
  return { ...rig, added: measuringAdded<PartyName>(rig, sandbox) };
};
