import type { Application } from '../../../application/application.ts';
import { right } from '../../../domain/shared/fp.ts';
import { noBody } from '../body-rule.ts';
import { noQuery, pageQuery } from '../../wire/codecs/query-codecs.ts';
import { issueTokenBody } from '../../wire/codecs/token-codecs.ts';
import type { Route } from '../endpoint.ts';
import { judgedBody } from '../judged-body.ts';
import { keyedEndpoint } from '../keyed-endpoint.ts';
import { listEndpoint } from '../list-endpoint.ts';
import { dataAnswer, emptyAnswer, pageAnswer } from '../openapi/answers.ts';
import { issuedTokenAnswer, issuedTokenOf, tokenAnswer, tokenOf } from '../../wire/presenters/token.ts';
import { json, noContent } from '../../wire/reply.ts';

/** Credentials of sibling services. */
export const tokensRoutes = (application: Application): readonly Route[] => [
  issueRoute(application),
  listRoute(application),
  revokeRoute(application),
];

const shared = { scopes: ['tokens:manage'], query: noQuery, body: noBody } as const;

const issueRoute = ({ commands, queries }: Application): Route =>
  keyedEndpoint(queries, {
    ...shared,
    method: 'post',
    path: '/tokens',
    body: judgedBody(issueTokenBody, { name: 'unnamed', scopes: ['geocoding'] }),
    docs: {
      operationId: 'issueToken',
      tag: 'Tokens',
      summary: 'Issue a service token',
      description: 'A token cannot cover more than the credential that issues it.',
      answers: [
        dataAnswer('The token, shown only this once.', issuedTokenAnswer, {
          status: 201,
          headers: ['Location'],
        }),
      ],
    },
    command: commands.issueToken,
    asked: async ({ body: { value, wrong } }) => right({ ...value, wrong }),
    reply: (issued) =>
      json(201, { data: issuedTokenOf(issued) }, ['Location', `/tokens/${issued.stored.id}`]),
  });

const listRoute = ({ queries }: Application): Route =>
  listEndpoint({
    path: '/tokens',
    scopes: shared.scopes,
    query: pageQuery,
    docs: {
      operationId: 'listTokens',
      tag: 'Tokens',
      summary: 'List service tokens, newest first',
      answers: [pageAnswer('One page; the tokens themselves are not shown.', tokenAnswer)],
    },
    find: ({ ctx, query }) => queries.listTokens(ctx, query),
    present: tokenOf,
  });

const revokeRoute = ({ commands, queries }: Application): Route =>
  keyedEndpoint(queries, {
    ...shared,
    method: 'delete',
    path: '/tokens/{id}',
    idOf: 'token',
    docs: {
      operationId: 'revokeToken',
      tag: 'Tokens',
      summary: 'Revoke a service token at once',
      description: 'Tokens that were issued with it stay valid: `created_by` shows which these are.',
      answers: [emptyAnswer(204, 'Revoked.')],
    },
    command: commands.revokeToken,
    asked: async ({ id }) => right({ id }),
    reply: () => noContent,
  });
