import type { IssueToken } from '../../../application/commands/issue-token.ts';
import { isLeft, left, right } from '../../../domain/shared/fp.ts';
import { scopes, TENANT_ID, tenantId, type TenantId } from '../../../domain/shared/tenant-context.ts';
import { component, described, leaf, listOf, mapped, nullable, type Codec } from './codec.ts';
import { strictObject } from './object-codec.ts';
import { moment, oneOf, plainText } from './values.ts';

const MOST_TENANTS = 100;

const tenant = leaf<TenantId>(
  { type: 'string', pattern: TENANT_ID.source, examples: ['uk_company_1'] },
  (input) => {
    const id = tenantId(typeof input === 'string' ? input : '');
    return isLeft(id) ? left('not the id of a management company') : right(id.right);
  },
);

export const issueTokenBody: Codec<IssueToken> = component(
  'TokenCreate',
  mapped(
    strictObject(
      {
        name: plainText({
          min: 1,
          max: 100,
          notes: {
            description: 'Human-readable name that says whose token it is.',
            examples: ['request-service'],
          },
        }),
        scopes: described(
          'What the token may do; you must have each of these scopes yourself.',
          listOf(oneOf(scopes), { min: 1, max: 50 }),
        ),
      },
      {
        tenants: described(
          'Management companies that the token is valid for, each covered by your own credential; default: the tenant of this request.',
          listOf(tenant, { min: 1, max: MOST_TENANTS }),
        ),
        expires_at: described(
          'When it expires; null or omitted: never. A token issued with another token expires with that one at the latest.',
          nullable(moment),
        ),
      },
    ),
    (body) => ({
      name: body.name,
      scopes: body.scopes,
      tenants: body.tenants,
      expiresAt: body.expires_at ?? undefined,
    }),
  ),
);
