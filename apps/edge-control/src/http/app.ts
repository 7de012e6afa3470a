import type { OpenAPIHono } from '@hono/zod-openapi';
import { MeridianError } from '@meridian/protocol';
import { bodyLimit } from 'hono/body-limit';
import { CONFIG } from '../config.ts';
import { log } from '../log.ts';
import { account } from './auth/account.ts';
import { withActor } from './auth/actor.ts';
import { apiKeyRoutes } from './auth/api-keys.ts';
import { signIn } from './auth/sign-in.ts';
import { chat } from './chat.ts';
import { type AppContext, type AppEnv, random, router } from './context.ts';
import { openApiDocument } from './doc/openapi.ts';
import { referencePage } from './doc/reference.ts';
import { enrolment } from './fleet/enrol.ts';
import { fleetOperators } from './fleet/operators.ts';
import { idempotent } from './idempotency/middleware.ts';
import { links } from './links.ts';
import { meetings } from './meetings.ts';
import { participants } from './participants.ts';
import { placement } from './placement.ts';
import { platform } from './platform.ts';
import { problem, problemOf } from './problem.ts';
import { rateLimited } from './rate-limit.ts';
import { regions } from './regions.ts';
import { securityHeaders } from './security-headers.ts';
import { stay } from './stay.ts';
import { traceOf } from './trace.ts';
import { waitingRoom } from './waiting-room.ts';

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
  for (const path of ['/api/*', '/.well-known/*', '/healthz', '/readyz']) app.use(path, securityHeaders);
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
  // Before everything that asks who calls: nodes prove themselves with tokens of another kind, and a browser
  // whose session is over must be able to sign in.
  app.route('/api/v1', links);
  app.route('/api/v1', signIn);
  describeApi(app);
  app.use('/api/v1/*', withActor, rateLimited, idempotent);
  app.route('/api/v1', account);
  app.route('/api/v1', apiKeyRoutes);
  app.route('/api/v1', meetings);
  app.route('/api/v1', regions);
  app.route('/api/v1', stay);
  app.route('/api/v1', participants);
  app.route('/api/v1', waitingRoom);
  app.route('/api/v1', chat);
  app.route('/api/v1', placement);
  app.route('/api/v1', enrolment);
  app.route('/api/v1', fleetOperators);

  app.notFound((c) => notFound(app, c));
  app.onError((error, c) => problemOf(c, error));
  return app;
}

/** The document and the page that shows it, for everybody. */
function describeApi(app: OpenAPIHono<AppEnv>): void {
  // Made when somebody asks, and once: the routes do not change.
  let document: ReturnType<typeof openApiDocument> | undefined;
  app.get('/api/v1/openapi.json', (c) => {
    document ??= openApiDocument(app, c.env.PUBLIC_ORIGIN);
    return c.json(document, 200, { 'cache-control': 'public, max-age=300' });
  });
  app.get('/api/v1/docs', referencePage);
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
