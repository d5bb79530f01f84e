// `npm run token`: prints a credential and nothing else on standard output.
import { issueToken, type IssueTokenFailure } from './application/commands/issue-token.ts';
import type { NotDone } from './application/once-in-transaction.ts';
import { isLeft } from './domain/shared/fp.ts';
import type { TenantContext } from './domain/shared/tenant-context.ts';
import { configFrom, type Config } from './infrastructure/config/config.ts';
import { withDatabaseBeside } from './infrastructure/container/database-beside.ts';
import { openSecrets } from './infrastructure/container/open-storage.ts';
import { signAdministratorToken } from './infrastructure/security/jose-token-signer.ts';
import { randomTokenMint } from './infrastructure/security/token-mint.ts';
import { postgresUnitOfWork } from './infrastructure/postgres/unit-of-work/postgres-unit-of-work.ts';
import { systemClock } from './infrastructure/system/system-clock.ts';
import { systemIds } from './infrastructure/system/system-ids.ts';
import { silentLogger } from './infrastructure/telemetry/winston-logger.ts';
import { fail, failWith } from './interfaces/cli/fail.ts';
import { TOKEN_USAGE, tokenCommand, type TokenCommand } from './interfaces/cli/token-command.ts';
import { folderOfServiceFailure } from './start-failure.ts';

type ServiceTokenWish = Extract<TokenCommand, { kind: 'service' }>;

const storedToken = (config: Config, wish: ServiceTokenWish): Promise<string> =>
  withDatabaseBeside(config, silentLogger, async (database) => {
    const { secretBox } = await openSecrets(config);
    const unitOfWork = postgresUnitOfWork({ database, secretBox, onCommitted: () => undefined });
    const ctx: TenantContext = {
      tenantId: wish.tenant,
      actor: { kind: 'system', id: 'command-line', tenants: [wish.tenant], scopes: 'all' },
      correlationId: 'command-line',
    };
    const expiresAt = wish.lifetimeSeconds > 0 ? systemClock.now() + wish.lifetimeSeconds * 1000 : undefined;
    const platform = { mint: randomTokenMint, clock: systemClock, ids: systemIds };
    const issue = issueToken({ unitOfWork, ...platform, mostPerTenant: config.mostPerTenant });
    const issued = await issue(ctx, { name: wish.name, tenants: undefined, scopes: wish.scopes, expiresAt });
    if (isLeft(issued)) throw new Error(reasonOf(issued.left));
    return issued.right.token;
  });

const reasonOf = (failure: IssueTokenFailure | NotDone): string =>
  failure.kind === 'invalid-input'
    ? failure.problems.map(({ pointer, detail }) => `${pointer}: ${detail}`).join('\n')
    : failure.kind;

const administratorToken = async (config: Config, { tenant, lifetimeSeconds }: TokenCommand) =>
  signAdministratorToken(
    (await openSecrets(config)).jwt,
    { subject: 'command-line', tenants: [tenant], lifetimeSeconds },
    systemClock.now(),
  );

const print = async (): Promise<void> => {
  if (process.argv.includes('--help')) return void process.stdout.write(`${TOKEN_USAGE}\n`);
  const wish = tokenCommand(process.argv.slice(2));
  if (isLeft(wish)) return fail([...wish.left, TOKEN_USAGE], 2);
  const config = configFrom(process.env);
  if (isLeft(config)) return fail(config.left, 2);
  const command = wish.right;
  const make =
    command.kind === 'service'
      ? storedToken(config.right, command)
      : administratorToken(config.right, command);
  const credential = await make.catch((error: unknown) => {
    throw folderOfServiceFailure(error, config.right);
  });
  process.stdout.write(`${credential}\n`);
};

await print().catch(failWith);
