import type { Application } from '../../../application/application.ts';
import { isLeft, right } from '../../../domain/shared/fp.ts';
import { noBody } from '../body-rule.ts';
import { noQuery, pageQuery } from '../codecs/query-codecs.ts';
import { issueTokenBody } from '../codecs/token-codecs.ts';
import { tenantEndpoint, type Route } from '../endpoint.ts';
import { judgedBody } from '../judged-body.ts';
import { dataAnswer, emptyAnswer, pageAnswer } from '../openapi/answers.ts';
import { issuedTokenAnswer, issuedTokenOf, tokenAnswer, tokenOf } from '../presenters/token.ts';
import { json, noContent, page } from '../reply.ts';

/** Credentials of sibling services. */
export const tokensRoutes = (application: Application): readonly Route[] => [
  issueRoute(application),
  listRoute(application),
  revokeRoute(application),
];

const shared = { scopes: ['tokens:manage'], query: noQuery, body: noBody } as const;

const issueRoute = ({ commands }: Application): Route =>
  tenantEndpoint({
    ...shared,
    method: 'post',
    path: '/tokens',
    body: judgedBody(issueTokenBody, { name: 'unnamed', scopes: ['geocoding'] }),
    docs: {
      operationId: 'issueToken',
      tag: 'Tokens',
      summary: 'Issue a service token',
      description: 'Nobody can give away more than their own credential covers.',
      answers: [
        dataAnswer('The token, shown this once.', issuedTokenAnswer, { status: 201, headers: ['Location'] }),
      ],
    },
    handle: async ({ ctx, body }) => {
      const issued = await commands.issueToken(ctx, { ...body.value, wrong: body.wrong });
      if (isLeft(issued)) return issued;
      const location = ['Location', `/tokens/${issued.right.stored.id}`];
      return right(json(201, { data: issuedTokenOf(issued.right) }, location));
    },
  });

const listRoute = ({ queries }: Application): Route =>
  tenantEndpoint({
    ...shared,
    method: 'get',
    path: '/tokens',
    query: pageQuery,
    docs: {
      operationId: 'listTokens',
      tag: 'Tokens',
      summary: 'List service tokens, newest first',
      answers: [pageAnswer('One page; the tokens themselves are not shown.', tokenAnswer)],
    },
    handle: async ({ ctx, query }) => {
      const found = await queries.listTokens(ctx, { page: query });
      return isLeft(found) ? found : right(page(found.right, tokenOf));
    },
  });

const revokeRoute = ({ commands }: Application): Route =>
  tenantEndpoint({
    ...shared,
    method: 'delete',
    path: '/tokens/{id}',
    idOf: 'token',
    docs: {
      operationId: 'revokeToken',
      tag: 'Tokens',
      summary: 'End a service token at once',
      answers: [emptyAnswer(204, 'Revoked.')],
    },
    handle: async ({ ctx, id }) => {
      const revoked = await commands.revokeToken(ctx, { id });
      return isLeft(revoked) ? revoked : right(noContent);
    },
  });
