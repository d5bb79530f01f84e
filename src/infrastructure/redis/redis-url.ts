import { left, right, type Either } from '../../domain/shared/fp.ts';

export type RedisTarget = {
  /** One server, or some members of a cluster; the others are learnt from them. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly isCluster: boolean;
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Always 0 in a cluster, which has no other. */
  readonly database: number;
};

const SHAPE =
  /^(?<scheme>rediss?):\/\/(?:(?<user>[^@/?#]*)@)?(?<hosts>[^@/?#]+)(?:\/(?<database>\d{0,4}))?(?:\?(?<query>[^#]*))?$/;
const STANDARD_PORT = 6379;

const decoded = (text: string | undefined): string | undefined =>
  text === undefined || text === '' ? undefined : decodeURIComponent(text);

const nodeFrom = (text: string): RedisTarget['nodes'][number] => {
  const { hostname, port } = new URL(`redis://${text}`);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? STANDARD_PORT : Number(port) };
};

const targetFrom = (groups: Readonly<Record<string, string | undefined>>): RedisTarget => {
  const [username, password] = (groups['user'] ?? '').split(/:(.*)/s);
  const nodes = (groups['hosts'] ?? '').split(',').map(nodeFrom);
  const asked = new URLSearchParams(groups['query']).get('cluster');
  return {
    nodes,
    isCluster: nodes.length > 1 || asked === 'true' || asked === '1',
    tls: groups['scheme'] === 'rediss',
    username: decoded(username),
    password: decoded(password),
    database: Number(groups['database'] ?? 0),
  };
};

/**
 * `redis://user:password@host:port/database`; `rediss` for TLS. Several hosts, comma separated, or
 * `?cluster=true` mean a cluster. Left says what is wrong, without the text itself: it may hold a password.
 */
export const parseRedisUrl = (text: string): Either<string, RedisTarget> => {
  const groups = SHAPE.exec(text)?.groups;
  if (groups === undefined) return left('a URL starting with redis:// or rediss://, hosts comma separated');
  try {
    const target = targetFrom(groups);
    if (target.isCluster && target.database !== 0) return left('a cluster has database 0 only');
    return right(target);
  } catch {
    return left('hosts as host or host:port, user and password percent-encoded');
  }
};
