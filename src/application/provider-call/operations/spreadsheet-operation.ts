import type { Spreadsheet } from '../../../domain/provider/spreadsheet.ts';
import type { ProviderAccess } from '../../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import { left, type AsyncResult } from '../../../domain/shared/fp.ts';
import type { Leave } from '../leave.ts';
import type { Operation } from '../operation.ts';

export type Spreadsheets = { readonly [provider: string]: Spreadsheet | undefined };

/** Common to all spreadsheet operations: every answer is final, since no other provider could have a better one. */
export const spreadsheetBasics = {
  serviceType: 'spreadsheet',
  address: 'base',
  retrySafe: true,
  isNoMatch: () => false,
  isPoor: () => false,
  better: <Res>(_request: unknown, first: Res) => ({ answer: first, winner: 'first' as const }),
} satisfies Partial<Operation<never, never>>;

/** Common to all writes: their answers are never cached. */
export const writeBasics = {
  account: 'writes',
  paysWhenItLeaves: true,
  cacheFields: () => undefined,
  tags: () => [],
  lives: () => ({ l1Ms: 0, freshMs: 0, graceMs: 0, mayPersist: true }),
  decodeCached: () => left('never cached'),
} satisfies Partial<Operation<never, never>>;

/** The caller allows formulas: in cells marked as such, or wherever a text looks like one. */
export type MayRunFormulas = { readonly formulas: boolean };

const FORMULAS_REFUSED: ProviderError = {
  kind: 'request-rejected',
  isUnasked: true,
  message: 'formulas are not allowed: the config of the service needs "allow_formulas": true',
};

/**
 * A formula can read other sheets and call other hosts (formula injection), so the tenant must also have allowed it in
 * the config of its service.
 */
export const formulasRefused = (
  { config }: Pick<ProviderAccess, 'config'>,
  { formulas }: MayRunFormulas,
): ProviderError | undefined =>
  formulas && config['allow_formulas'] !== true ? FORMULAS_REFUSED : undefined;

/** Calls the spreadsheet adapter of the provider, if it has one. */
export const askedOf =
  <Req, Res>(
    spreadsheets: Spreadsheets,
    ask: (
      spreadsheet: Spreadsheet,
      access: ProviderAccess,
      request: Req,
      leave: Leave,
    ) => AsyncResult<ProviderError, Res>,
  ): Operation<Req, Res>['ask'] =>
  async (provider, access, request, leave) => {
    const spreadsheet = spreadsheets[provider];
    return spreadsheet === undefined
      ? left({ kind: 'not-supported', message: `${provider} has no spreadsheets` })
      : ask(spreadsheet, access, request, leave);
  };
