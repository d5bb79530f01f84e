import { isIP } from 'node:net';
import { postgresAddress } from '../postgres/connection-options.ts';
import type { EnvironmentReader } from './environment-reader.ts';

/** What its parameters ask for too, down to the files of certificates: told here, beside all other problems. */
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
  const given = read.url('RABBITMQ_URL', ['amqp', 'amqps']);
  if (given === undefined) return undefined;
  const { username, password, pathname } = new URL(given);
  if (![username, password, pathname].every(isPercentEncoded))
    read.problem('RABBITMQ_URL', 'user, password and virtual host must be percent-encoded');
  return given;
};

const isPercentEncoded = (text: string): boolean => {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
};

/** Paths are put behind it, and senders are shown it: neither a query nor a password can stand in it. */
export const publicUrl = (read: EnvironmentReader): string | undefined => {
  const given = read.url('PUBLIC_URL', ['https', 'http']);
  if (given === undefined) return undefined;
  const { username, password } = new URL(given);
  // An empty query or fragment leaves no trace in `search` and `hash`, only in the text.
  if (username + password !== '' || /[?#]/.test(given))
    read.problem('PUBLIC_URL', 'host and path alone, no user, query or fragment');
  return given.replace(/\/+$/, '');
};

const HOST_NAME = /^(?!-)[A-Za-z0-9._-]{1,253}$/;

/** Where to listen; undefined when nobody says. */
export const listenHost = (read: EnvironmentReader): string | undefined => {
  const given = read.text('HOST');
  if (given === undefined || isIP(given) > 0 || HOST_NAME.test(given)) return given;
  read.problem('HOST', 'an address of this machine or its name: no scheme, port or brackets');
  return undefined;
};
