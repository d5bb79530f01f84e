import type { ServiceTokenReader } from '../../domain/access/service-token-repository.ts';
import type { ServiceToken } from '../../domain/access/service-token.ts';
import { right } from '../../domain/shared/fp.ts';
import type { Page, PageRequest } from '../../domain/shared/page.ts';
import type { Handler } from '../handler.ts';

/** The tenant's service tokens, newest first, without the tokens themselves. */
export const listTokens =
  ({
    tokens,
  }: {
    readonly tokens: ServiceTokenReader;
  }): Handler<{ readonly page: PageRequest }, Page<ServiceToken>> =>
  async (ctx, { page }) =>
    right(await tokens.list(ctx.tenantId, page));
