import * as t from 'io-ts';
import type { IssuedToken } from '../../../application/commands/issue-token.ts';
import type { ServiceToken } from '../../../domain/access/service-token.ts';
import { scopes } from '../../../domain/shared/tenant-context.ts';
import { component, noted } from '../codecs/codec.ts';
import { answerObject } from '../codecs/object-codec.ts';
import { oneOf } from '../codecs/values.ts';
import { timeAnswer, timeAnswerOrNull, timeOrNull, timeText, uuidAnswer } from './times-and-money.ts';

const tokenFields = {
  id: uuidAnswer,
  name: t.string,
  tenants: t.readonlyArray(t.string),
  scopes: t.readonlyArray(oneOf(scopes)),
  token_hint: noted({ description: 'Last 4 characters.' }, t.string),
  expires_at: timeAnswerOrNull,
  created_at: timeAnswer,
  created_by: t.string,
  revoked_at: timeAnswerOrNull,
};
export const tokenAnswer = component('Token', answerObject(tokenFields, {}));
export const issuedTokenAnswer = component(
  'IssuedToken',
  answerObject(
    { ...tokenFields, token: noted({ description: 'Shown here and never again.' }, t.string) },
    {},
  ),
);

export const tokenOf = (token: ServiceToken): t.TypeOf<typeof tokenAnswer> => ({
  id: token.id,
  name: token.name,
  tenants: token.tenants,
  scopes: token.scopes,
  token_hint: token.hint,
  expires_at: timeOrNull(token.expiresAt),
  created_at: timeText(token.createdAt),
  created_by: token.createdBy,
  revoked_at: timeOrNull(token.revokedAt),
});

export const issuedTokenOf = ({ token, stored }: IssuedToken): t.TypeOf<typeof issuedTokenAnswer> => ({
  ...tokenOf(stored),
  token,
});
