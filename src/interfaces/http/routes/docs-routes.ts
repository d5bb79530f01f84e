import * as t from 'io-ts';
import { left, right } from '../../../domain/shared/fp.ts';
import { leaf } from '../../wire/codecs/codec.ts';
import { openEndpoint, type Route } from '../endpoint.ts';
import { docsFile, docsHeaders, docsPage } from '../openapi/docs-page.ts';
import { JSON_HEADERS, NO_STORE } from '../../wire/reply.ts';

const anyObject = leaf<unknown>({ type: 'object' }, right);

export const documentRoute = (document: () => string): Route =>
  openEndpoint({
    method: 'get',
    path: '/openapi.json',
    docs: {
      operationId: 'readDocument',
      tag: 'Operations',
      summary: 'This API description as OpenAPI',
      description: 'Generated from the routes that are served.',
      answers: [
        { status: 200, description: 'The OpenAPI 3.1 document.', content: { 'application/json': anyObject } },
      ],
    },
    serve: () => Promise.resolve(right({ status: 200, headers: JSON_HEADERS, body: document() })),
  });

export const docsRoute = openEndpoint({
  method: 'get',
  path: '/docs',
  docs: {
    operationId: 'readDocs',
    tag: 'Operations',
    summary: 'This API description as a web page',
    description: 'Loads nothing from the Internet.',
    answers: [
      { status: 200, description: 'Swagger UI, served from here.', content: { 'text/html': t.string } },
    ],
  },
  serve: () =>
    Promise.resolve(
      right({
        status: 200,
        headers: ['Content-Type', 'text/html; charset=utf-8', ...NO_STORE, ...docsHeaders],
        body: docsPage,
      }),
    ),
});

export const docsFileRoute = openEndpoint({
  method: 'get',
  path: '/docs/{file}',
  docs: {
    operationId: 'readDocsFile',
    tag: 'Operations',
    summary: 'A script, style sheet or image of the web page',
    description: 'The files of Swagger UI.',
    answers: [
      {
        status: 200,
        description: 'The file.',
        content: { 'text/javascript': t.string, 'text/css': t.string, 'image/png': t.string },
      },
    ],
    problems: [404],
  },
  serve: async ({ params }) => {
    const file = await docsFile(params['file'] ?? '');
    if (file === undefined) return left({ kind: 'route-unknown' });
    const headers = [
      'Content-Type',
      file.contentType,
      'Cache-Control',
      'public, max-age=3600',
      ...docsHeaders,
    ];
    return right({ status: 200, headers, body: file.body });
  },
});
