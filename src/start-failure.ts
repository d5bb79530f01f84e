import { resolve, sep } from 'node:path';
import type { Config } from './infrastructure/config/config.ts';
import { errorCode } from './infrastructure/system/error-code.ts';

/** What a system error says about the port or address, and how to fix it. */
const ofListening: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken by another process (EADDRINUSE): stop that one, or set another PORT',
  EACCES: 'needs rights that this user lacks (EACCES): set a PORT of 1024 or more',
  EADDRNOTAVAIL: 'is not an address of this machine (EADDRNOTAVAIL): set another HOST',
  ENOTFOUND: 'is a host name that cannot be resolved (ENOTFOUND): set another HOST',
  EAI_AGAIN: 'is a host name that cannot be resolved at the moment (EAI_AGAIN): set an IP address as HOST',
};

/** Explains the most common failures of a start: the port or address cannot be used. */
export const listenFailure = (error: unknown, { port, host }: Pick<Config, 'port' | 'host'>): unknown => {
  const advice = ofListening[errorCode(error) ?? ''];
  return advice === undefined ? error : new Error(`port ${port} of ${host} ${advice}`, { cause: error });
};

const ofSpace = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const ofWriting = new Set([...ofSpace, 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT']);

/**
 * Explains a data folder that cannot be used (owned by another user, read-only, disk full) and names the variable that
 * sets another.
 */
export const dataFolderFailure = (error: unknown, { dataDir }: Pick<Config, 'dataDir'>): unknown =>
  folderFailure(error, dataDir, 'give it to this user, or set another');

/** The same for commands, which need the folder of the service and no other. */
export const folderOfServiceFailure = (error: unknown, { dataDir }: Pick<Config, 'dataDir'>): unknown =>
  folderFailure(error, dataDir, 'set that of the service, and run this command as the user who owns it');

const folderFailure = (error: unknown, dataDir: string, what: string): unknown => {
  const folder = resolve(dataDir);
  const path = error instanceof Error && 'path' in error ? String(error.path) : '';
  const isItsOwn = path !== '' && (isBelow(path, folder) || isBelow(folder, path));
  const code = errorCode(error) ?? '';
  if (!isItsOwn || !ofWriting.has(code)) return error;
  const reason = error instanceof Error ? error.message : '';
  const advice = ofSpace.has(code) ? 'make room for it, or set another' : what;
  return new Error(`DATA_DIR ${folder} cannot be used (${reason}): ${advice}`, { cause: error });
};

/** Also true when both are the same. */
const isBelow = (path: string, folder: string): boolean => `${path}${sep}`.startsWith(`${folder}${sep}`);
