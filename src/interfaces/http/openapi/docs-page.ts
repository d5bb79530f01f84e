import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { FlatHeaders } from '../../wire/reply.ts';

/** Everything comes from this host; Swagger UI sets inline styles. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
export const docsHeaders: FlatHeaders = ['Content-Security-Policy', POLICY];

export const docsPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Integration Service API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const START = `window.ui = SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  persistAuthorization: false,
  validatorUrl: null,
});
`;

export type DocsFile = { readonly contentType: string; readonly body: Buffer };

const contentTypes = new Map([
  ['start.js', 'text/javascript; charset=utf-8'],
  ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
  ['swagger-ui.css', 'text/css; charset=utf-8'],
  ['favicon-32x32.png', 'image/png'],
]);
const loaded = new Map<string, Promise<DocsFile>>();

/** A file of the page, read from the installed package on first use; undefined for any other name. */
export const docsFile = (name: string): Promise<DocsFile> | undefined => {
  const contentType = contentTypes.get(name);
  if (contentType === undefined) return undefined;
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const file = load(name).then((body) => ({ contentType, body }));
  loaded.set(name, file);
  // A failed read must not be cached; the caller gets the error.
  file.catch(() => loaded.delete(name));
  return file;
};

const load = (name: string): Promise<Buffer> => {
  if (name === 'start.js') return Promise.resolve(Buffer.from(START));
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  return readFile(join(folder, name));
};
