import { left, right, type Either } from '../../../domain/shared/fp.ts';
import { ENCODE_THEM } from '../../system/misread-address.ts';

export type RedisTarget = {
  /** One server; or some nodes of a cluster, or some Sentinels, from which the others are discovered. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly isCluster: boolean;
  /** Undefined: the nodes are not Sentinels. */
  readonly sentinel: SentinelTarget | undefined;
  readonly tls: boolean;
  /** PEM of the certificate authority to trust instead of those that Node trusts. */
  readonly ca?: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Always 0 in a cluster, which has no others. */
  readonly database: number;
};

/** Sentinels know the current master of this name. They have a user and password of their own, or none. */
export type SentinelTarget = {
  readonly master: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
};

const SHAPE =
  /^(?<scheme>rediss?):\/\/(?:(?<user>[^@/?#]*)@)?(?<hosts>[^@/?#]+)(?:\/(?<database>\d{0,4}))?(?:\?(?<query>[^#]*))?$/;
const STANDARD_PORT = 6379;
const SENTINEL_PORT = 26_379;

const decoded = (text: string | undefined): string | undefined =>
  text === undefined || text === '' ? undefined : decodeURIComponent(text);

const nodeFrom = (text: string, standardPort: number): RedisTarget['nodes'][number] => {
  const { hostname, port } = new URL(`redis://${text}`);
  // After a superfluous comma; an empty host would mean this machine.
  if (hostname === '') throw new Error('no host');
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? standardPort : Number(port) };
};

const sentinelFrom = (query: URLSearchParams): SentinelTarget | undefined => {
  const master = query.get('sentinel');
  if (master === null) return undefined;
  return {
    master,
    username: query.get('sentinel_username') ?? undefined,
    password: query.get('sentinel_password') ?? undefined,
  };
};

const PARAMETERS: readonly string[] = ['cluster', 'sentinel', 'sentinel_username', 'sentinel_password'];

/** A parameter that was accepted but ignored would be believed to work: one that asks for TLS, say. */
const queryProblem = (query: URLSearchParams): string | undefined => {
  const names = [...query.keys()];
  if (names.some((name) => !PARAMETERS.includes(name)))
    return `no parameters but ${PARAMETERS.join(', ')}; TLS is asked for by rediss://`;
  if (new Set(names).size < names.length) return 'each parameter once';
  if (!['true', '1', 'false', '0', null].includes(query.get('cluster'))) return 'cluster is true or false';
  return names.some((name) => name.startsWith('sentinel_')) && !query.has('sentinel')
    ? 'sentinel_username and sentinel_password go with sentinel'
    : undefined;
};

const targetFrom = (groups: Readonly<Record<string, string | undefined>>): RedisTarget => {
  const [username, password] = (groups['user'] ?? '').split(/:(.*)/s);
  const query = new URLSearchParams(groups['query']);
  const sentinel = sentinelFrom(query);
  const standardPort = sentinel === undefined ? STANDARD_PORT : SENTINEL_PORT;
  const nodes = (groups['hosts'] ?? '').split(',').map((text) => nodeFrom(text, standardPort));
  const asked = query.get('cluster');
  return {
    nodes,
    isCluster: asked === 'true' || asked === '1' || (nodes.length > 1 && sentinel === undefined),
    sentinel,
    tls: groups['scheme'] === 'rediss',
    username: decoded(username),
    password: decoded(password),
    database: Number(groups['database'] ?? 0),
  };
};

const FORM = 'redis:// or rediss://, hosts comma separated; Sentinels as redis://one,two/0?sentinel=MASTER';

/**
 * `redis://user:password@host:port/database`; `rediss` for TLS. Several hosts, separated by commas, or `?cluster=true`
 * mean a cluster; with `?sentinel=master` the hosts are Sentinels. Left says what is wrong without quoting the text,
 * which may hold a password.
 */
export const parseRedisUrl = (text: string): Either<string, RedisTarget> => {
  const groups = SHAPE.exec(text)?.groups;
  if (groups === undefined)
    return left(
      /^rediss?:\/\//.test(text)
        ? `cannot be read as one: ${FORM}; ${ENCODE_THEM}`
        : `a URL starting with ${FORM}`,
    );
  const wrong = queryProblem(new URLSearchParams(groups['query']));
  if (wrong !== undefined) return left(wrong);
  try {
    const target = targetFrom(groups);
    if (target.sentinel?.master === '') return left('sentinel names the master that the Sentinels watch');
    if (target.isCluster && target.sentinel !== undefined)
      return left('sentinel or cluster, not both: a cluster needs no Sentinels');
    if (target.isCluster && target.database !== 0) return left('a cluster has database 0 only');
    return right(target);
  } catch {
    return left('hosts as host or host:port, user and password percent-encoded');
  }
};
