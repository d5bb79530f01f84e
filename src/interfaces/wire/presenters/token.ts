import * as t from 'io-ts';
import type { IssuedToken } from '../../../application/commands/issue-token.ts';
import type { ServiceToken } from '../../../domain/access/service-token.ts';
import { scopes } from '../../../domain/shared/tenant-context.ts';
import { component, described } from '../codecs/codec.ts';
import { answerObject } from '../codecs/object-codec.ts';
import { oneOf } from '../codecs/values.ts';
import { timeAnswer, timeAnswerOrNull, timeOrNull, timeText, uuidAnswer } from './times-and-money.ts';

const tokenFields = {
  id: described('Id for revoking the token; in the trail it is the `actor_id`.', uuidAnswer),
  name: described('Human-readable name that says whose token it is.', t.string),
  tenants: described('Management companies that the token is valid for.', t.readonlyArray(t.string)),
  scopes: described('What the token may do.', t.readonlyArray(oneOf(scopes))),
  token_hint: described('Last 4 characters.', t.string),
  expires_at: described('When it expires; null: never.', timeAnswerOrNull),
  created_at: described('When it was issued.', timeAnswer),
  created_by: described('Who issued it: the `sub` of a JWT, the id of a token, or `command-line`.', t.string),
  revoked_at: described('When it was revoked; null: it was not.', timeAnswerOrNull),
};
export const tokenAnswer = component('Token', answerObject(tokenFields, {}));
export const issuedTokenAnswer = component(
  'IssuedToken',
  answerObject({ ...tokenFields, token: described('Shown here and never again.', t.string) }, {}),
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
