import type { HttpResponse, TemplatedApp } from 'uWebSockets.js';
import { createHash, timingSafeEqual } from 'node:crypto';
import type { NotReady } from '../fleet/readiness.ts';

export type OperationsOptions = {
  /** Why the node should be sent nobody, and figures that help to see why. */
  ready: () => { reasons: NotReady[]; detail: Record<string, unknown> };
  metrics: () => Promise<string>;
};

/**
 * Pages measure the round trip by `/healthz` before a join. Without this browsers keep the answer from them and, as it is
 * JSON, close the connection (Chromium, opaque response blocking): each request would open another.
 */
const FOR_ANY_ORIGIN = { 'access-control-allow-origin': '*' };

/** `/healthz`, `/readyz`: for supervisors and load balancers. */
export function routeHealth(app: TemplatedApp, { ready }: OperationsOptions): void {
  app.get('/healthz', (res) => sendJson(res, '200 OK', { status: 'ok' }, FOR_ANY_ORIGIN));
  app.get('/readyz', (res) => {
    const { reasons, detail } = ready();
    const isReady = reasons.length === 0;
    sendJson(res, isReady ? '200 OK' : '503 Service Unavailable', { ready: isReady, reasons, ...detail });
  });
}

/** `/metrics`: for Prometheus. With a token, only for who shows it. */
export function routeMetrics(
  app: TemplatedApp,
  { metrics }: OperationsOptions,
  token: string | undefined,
): void {
  app.get('/metrics', (res, req) => {
    if (token !== undefined && !isBearer(req.getHeader('authorization'), token)) {
      sendJson(res, '401 Unauthorized', { code: 'unauthorized' });
      return;
    }
    void sendMetrics(res, metrics);
  });
}

export function routeNothingElse(app: TemplatedApp): void {
  app.any('/*', (res) => sendJson(res, '404 Not Found', { code: 'not_found' }));
}

export function sendJson(
  res: HttpResponse,
  status: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  res.cork(() => {
    res.writeStatus(status).writeHeader('content-type', 'application/json');
    for (const [name, value] of Object.entries(headers)) res.writeHeader(name, value);
    res.end(JSON.stringify(body));
  });
}

async function sendMetrics(res: HttpResponse, read: () => Promise<string>): Promise<void> {
  let aborted = false;
  res.onAborted(() => {
    aborted = true;
  });
  const text = await read().catch(() => null);
  if (aborted) return;
  res.cork(() => {
    if (text === null) res.writeStatus('500 Internal Server Error').end();
    else res.writeHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8').end(text);
  });
}

/** Takes as long for a wrong token as for the right one. */
function isBearer(header: string, token: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(header), hash(`Bearer ${token}`));
}
