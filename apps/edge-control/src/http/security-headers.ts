import { createMiddleware } from 'hono/factory';
import type { AppEnv } from './context.ts';

/**
 * For answers that are no pages: should a browser take one for a page all the same, nothing in it runs, loads or is
 * framed. Pages of the web app have headers of their own (apps/web/public/_headers).
 */
const HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
} as const;

export const securityHeaders = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  // The headers of a socket are the room's, and no browser shows it.
  if (c.res.status === 101) return;
  for (const [name, value] of Object.entries(HEADERS)) {
    if (!c.res.headers.has(name)) c.header(name, value);
  }
  if (c.env.PUBLIC_ORIGIN.startsWith('https:')) c.header('strict-transport-security', 'max-age=31536000');
});
