import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEnd } from './at-end.ts';

/** On a disk, not in memory, so that commits have their real cost. Removed at the end. */
export const temporaryFolder = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'integration-service-bench-'));
  atEnd(() => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }));
  return path;
};
