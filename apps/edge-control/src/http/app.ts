import type { OpenAPIHono } from '@hono/zod-openapi';
import { MeridianError } from '@meridian/protocol';
import { bodyLimit } from 'hono/body-limit';
import { CONFIG } from '../config.ts';
import { log } from '../log.ts';
import { type AppContext, type AppEnv, random, router } from './context.ts';
import { links } from './links.ts';
import { meetings } from './meetings.ts';
import { platform } from './platform.ts';
import { problem, problemOf } from './problem.ts';
import { stay } from './stay.ts';
import { traceOf } from './trace.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

export function createApp(): OpenAPIHono<AppEnv> {
  const app = router();

  app.use(async (c, next) => {
    c.set('trace', traceOf(c.req.header('traceparent'), random));
    const startedAt = Date.now();
    await next();
    log('info', 'request', {
      trace_id: c.get('trace').trace_id,
      meeting_id: c.get('meetingId'),
      method: c.req.method,
      path: c.req.path,
      status: c.res.status,
      ms: Date.now() - startedAt,
    });
  });
  app.use(
    '/api/*',
    bodyLimit({
      maxSize: CONFIG.http.maxBodyBytes,
      onError: () => {
        throw new MeridianError('too_large', `a body may have ${CONFIG.http.maxBodyBytes} bytes`);
      },
    }),
  );

  app.route('/', platform);
  app.route('/api/v1', meetings);
  app.route('/api/v1', stay);
  app.route('/api/v1', links);
  describeApi(app);

  app.notFound((c) => notFound(app, c));
  app.onError((error, c) => problemOf(c, error));
  return app;
}

function describeApi(app: OpenAPIHono<AppEnv>): void {
  const bearer = { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } as const;
  app.openAPIRegistry.registerComponent('securitySchemes', 'ticket', {
    ...bearer,
    description: 'The ticket of a participant, from `join`.',
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'node', {
    ...bearer,
    description: 'The token a media node signs for itself.',
  });
  app.doc31('/api/v1/openapi.json', (c) => ({
    openapi: '3.1.0',
    info: { title: 'Meridian', version: '1', description: 'Meetings: create them, join them, end them.' },
    servers: [{ url: c.env.PUBLIC_ORIGIN }],
  }));
}

/** Nothing there; or something, for another method; or a page of the web app. */
function notFound(app: OpenAPIHono<AppEnv>, c: AppContext): Response | Promise<Response> {
  const { path } = c.req;
  const allowed = METHODS.filter((method) => hasRoute(app, method, path));
  if (allowed.length > 0) {
    const error = new MeridianError('unsupported', `${c.req.method} is not possible here`);
    return problem(c, error, { status: 405, headers: { allow: allowed.join(', ') } });
  }
  if (path.startsWith('/api/') || path.startsWith('/.well-known/')) {
    return problem(c, new MeridianError('not_found', 'there is nothing at this address'));
  }
  return c.env.ASSETS.fetch(c.req.raw);
}

function hasRoute(app: OpenAPIHono<AppEnv>, method: string, path: string): boolean {
  // Middleware is registered for all methods, routes for one.
  return app.router.match(method, path)[0].some(([[, route]]) => route.method === method);
}
