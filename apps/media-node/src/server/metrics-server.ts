import type { TemplatedApp } from 'uWebSockets.js';
import { type OperationsOptions, routeHealth, routeMetrics, routeNothingElse } from './http.ts';
import { listen } from './listen.ts';
import { uws } from './uws.ts';

/** The listener for Prometheus, on an address that only it reaches. */
export class MetricsServer {
  readonly #app: TemplatedApp;

  static async listen(
    at: { address: string; port: number; token: string | undefined },
    operations: OperationsOptions,
  ): Promise<MetricsServer> {
    const app = uws.App();
    routeHealth(app, operations);
    routeMetrics(app, operations, at.token);
    routeNothingElse(app);
    await listen(app, at.address, at.port);
    return new MetricsServer(app);
  }

  private constructor(app: TemplatedApp) {
    this.#app = app;
  }

  close(): void {
    this.#app.close();
  }
}
