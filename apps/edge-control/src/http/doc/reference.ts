import type { AppContext } from '../context.ts';

/**
 * The API reference: Swagger UI over our own document. Its script and style are assets of ours, taken from its
 * package when the web app is built; the page's policy lets it load nothing from elsewhere.
 */
export function referencePage(c: AppContext): Response {
  const nonce = crypto.randomUUID();
  const policy = [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return c.html(page(nonce), 200, { 'content-security-policy': policy, 'cache-control': 'no-store' });
}

const page = (nonce: string) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Meridian API</title>
    <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="/reference/swagger-ui.css" />
  </head>
  <body>
    <div id="reference"></div>
    <script src="/reference/swagger-ui-bundle.js"></script>
    <script nonce="${nonce}">
      SwaggerUIBundle({
        url: '/api/v1/openapi.json',
        dom_id: '#reference',
        deepLinking: true,
        defaultModelsExpandDepth: 0,
        validatorUrl: null,
      });
    </script>
  </body>
</html>
`;
