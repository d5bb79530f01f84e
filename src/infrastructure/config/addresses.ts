import { isIP } from 'node:net';
import { postgresAddress } from '../postgres/connection/connection-options.ts';
import { ENCODE_THEM, isMisread } from '../system/misread-address.ts';
import type { EnvironmentReader } from './environment-reader.ts';

/** Checks its parameters and certificate files, too, so that their problems are reported with all others. */
export const databaseUrl = (read: EnvironmentReader): string | undefined => {
  const given = read.text('DATABASE_URL');
  if (given === undefined) return undefined;
  try {
    postgresAddress(given);
  } catch (error) {
    const detail = error instanceof Error ? error.message : '';
    read.problem('DATABASE_URL', detail.replace(/^DATABASE_URL:? /, ''));
  }
  return given;
};

export const rabbitmqUrl = (read: EnvironmentReader): string | undefined => {
  const text = read.text('RABBITMQ_URL') ?? '';
  if (/^amqps?:\/\//i.test(text) && !isOfOneHost(text)) {
    read.problem('RABBITMQ_URL', `cannot be read as a URL of one host: ${ENCODE_THEM}`);
    return undefined;
  }
  const given = read.url('RABBITMQ_URL', ['amqp', 'amqps']);
  if (given === undefined) return undefined;
  const { username, password, pathname, searchParams } = new URL(given);
  for (const rule of brokenRules(searchParams)) read.problem('RABBITMQ_URL', rule);
  if (![username, password, pathname].every(isPercentEncoded))
    read.problem('RABBITMQ_URL', 'user, password and virtual host must be percent-encoded');
  return given;
};

/** The standard parser takes several hosts without ports for one name. */
const isOfOneHost = (text: string): boolean =>
  URL.canParse(text) && !isMisread(text) && !new URL(text).hostname.includes(',');

type Rule = { readonly rule: string; readonly least: number; readonly most: number };

/**
 * With other values the driver never connects, or gets a channel for events but none for commands. 0: as the broker
 * decides.
 */
const numbersOfDriver: Readonly<Record<string, Rule>> = {
  heartbeat: { rule: '0 to 65535', least: 0, most: 65_535 },
  frameMax: { rule: '0 or 4096 to 2147483647', least: 4_096, most: 2_147_483_647 },
  channelMax: { rule: '0 or 2 to 65535', least: 2, most: 65_535 },
};

/** Only parameters that the driver reads; sibling services that share the URL may use others. */
const brokenRules = (query: URLSearchParams): readonly string[] =>
  Object.entries(numbersOfDriver).flatMap(([name, { rule, least, most }]) => {
    const text = query.get(name);
    if (text === null || text === '0') return [];
    const isGood = /^\d{1,10}$/.test(text) && Number(text) >= least && Number(text) <= most;
    return isGood ? [] : [`${name} is an integer, ${rule}`];
  });

const isPercentEncoded = (text: string): boolean => {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
};

const EMPTY_USER = /^https?:[\\/]*:?@/i;

/** Paths are appended to it, and senders see it: it must contain neither a query nor a password. */
export const publicUrl = (read: EnvironmentReader): string | undefined => {
  const given = read.url('PUBLIC_URL', ['https', 'http']);
  if (given === undefined) return undefined;
  const { username, password } = new URL(given);
  // An empty user, query or fragment shows only in the text.
  if (username + password !== '' || EMPTY_USER.test(given) || /[?#]/.test(given))
    read.problem('PUBLIC_URL', 'host and path alone, no user, query or fragment');
  return given.replace(/\/+$/, '');
};

const HOST_NAME = /^(?!-)[A-Za-z0-9._-]{1,253}$/;

/** The address to listen on; undefined if not set. */
export const listenHost = (read: EnvironmentReader): string | undefined => {
  const given = read.text('HOST');
  if (given === undefined || isIP(given) > 0 || HOST_NAME.test(given)) return given;
  read.problem('HOST', 'an address of this machine or its name: no scheme, port or brackets');
  return undefined;
};
