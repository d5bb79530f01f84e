import { parseArgs } from 'node:util';
import { isLeft, left, right, type Either } from '../../domain/shared/fp.ts';
import { scopes, tenantId, type Scope, type TenantId } from '../../domain/shared/tenant-context.ts';
import { isPlainText } from '../wire/codecs/values.ts';

export type TokenCommand = {
  readonly tenant: TenantId;
  readonly lifetimeSeconds: number;
} & (
  | { readonly kind: 'administrator' }
  | { readonly kind: 'service'; readonly scopes: readonly Scope[]; readonly name: string }
);

export const TOKEN_USAGE = `usage: npm run --silent token -- --tenant <id> (--admin | --scope <scope> [--scope <scope> ...] [--name <text>]) [--hours <n>]
  --admin   a JWT for an administrator of the tenant (default 12 hours)
  --scope   a service token with these scopes: ${scopes.join(', ')} (default: no expiry)
  --name    who the service token is for, as a note for people`;

const LONGEST_HOURS = 24 * 365 * 10;

/** Parses the command line, or returns every problem with it. */
export const tokenCommand = (args: readonly string[]): Either<readonly string[], TokenCommand> => {
  const parsed = parsedArgs(args);
  if (isLeft(parsed)) return parsed;
  const { tenant, admin, scope, hours, name } = parsed.right;
  const problems: string[] = [];
  const checkedTenant = tenantId(tenant ?? '');
  if (isLeft(checkedTenant)) problems.push('--tenant is required: letters, digits, "_", "." and "-"');
  const wanted = (scope ?? []).flatMap((text) => text.split(','));
  const known = scopes.filter((scope) => wanted.includes(scope));
  for (const text of wanted)
    if (!known.some((s) => s === text)) problems.push(`--scope ${text}: no such scope`);
  if ((admin === true) === wanted.length > 0) problems.push('either --admin or --scope');
  problems.push(...nameProblems(name, admin));
  const lifetime = hours === undefined ? undefined : Number(hours);
  if (lifetime !== undefined && !(lifetime > 0 && lifetime <= LONGEST_HOURS))
    problems.push(`--hours: a number above 0, at most ${LONGEST_HOURS}`);
  if (problems.length > 0 || isLeft(checkedTenant)) return left(problems);
  const base = {
    tenant: checkedTenant.right,
    lifetimeSeconds: (lifetime ?? (admin === true ? 12 : 0)) * 3600,
  };
  return right(
    admin === true
      ? { ...base, kind: 'administrator' }
      : { ...base, kind: 'service', scopes: known, name: name ?? 'command line' },
  );
};

/** A JWT has no name of its own: one that was given would be searched for in the trail in vain. */
const nameProblems = (name: string | undefined, admin: boolean | undefined): readonly string[] => {
  if (name === undefined) return [];
  if (admin === true)
    return ['--name can only be used with --scope: administrators from here are all called command-line'];
  return isPlainText(name) ? [] : ['--name: no control characters'];
};

type Options = {
  tenant?: string | undefined;
  admin?: boolean | undefined;
  scope?: string[] | undefined;
  hours?: string | undefined;
  name?: string | undefined;
};

const parsedArgs = (args: readonly string[]): Either<readonly string[], Options> => {
  try {
    const { values, tokens } = parseArgs({
      args: [...args],
      tokens: true,
      options: {
        tenant: { type: 'string' },
        admin: { type: 'boolean' },
        scope: { type: 'string', multiple: true },
        hours: { type: 'string' },
        name: { type: 'string' },
      },
    });
    const given = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []));
    const doubled = given.filter((name, index) => name !== 'scope' && given.indexOf(name) < index);
    return doubled.length > 0
      ? left([...new Set(doubled)].map((name) => `--${name}: only once`))
      : right(values);
  } catch (error) {
    return left([error instanceof Error ? error.message : 'cannot be parsed']);
  }
};
