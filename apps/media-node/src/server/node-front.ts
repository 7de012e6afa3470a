import type { CloseCode } from '@meridian/protocol';
import type { Config } from '../env.ts';
import type { Logger } from '../logger.ts';
import type { NodeObserver } from '../metrics/observer.ts';
import type { Meetings } from '../sfu/meetings.ts';
import type { TokenVerifier } from '../tokens/verifier.ts';
import type { ClientLine } from './client-line.ts';
import type { OperationsOptions } from './http.ts';
import { MediaSocket } from './media-socket.ts';
import { MetricsServer } from './metrics-server.ts';
import { NodeServer } from './node-server.ts';
import { RelaySocket } from './relay-socket.ts';
import { type TlsPair, TlsWatch } from './tls-files.ts';

export type NodeFrontOptions = {
  config: Config;
  bootId: string;
  meetings: Meetings;
  verifier: TokenVerifier;
  observe: NodeObserver;
  operations: OperationsOptions;
  logger: Logger;
};

/** Everything that listens: the public server with its certificate, and the one for Prometheus. */
export class NodeFront {
  readonly #server: NodeServer;
  readonly #tls: TlsWatch | null;
  readonly #metrics: MetricsServer | null;

  static async open(options: NodeFrontOptions): Promise<NodeFront> {
    const { config, bootId, meetings, verifier, observe, operations, logger } = options;
    const shared = { nodeId: config.NODE_ID, region: config.REGION, bootId, meetings, verifier, logger };
    const lines = new Map<string, ClientLine>();
    const pair = tlsPairOf(config);
    let server: NodeServer | undefined;
    // First, because it says what is wrong with the files; uWS only fails.
    const tls =
      pair === null ? null : new TlsWatch({ pair, changed: async () => server?.reloadCertificate(), logger });
    try {
      server = await NodeServer.listen({
        address: config.LISTEN_ADDRESS,
        port: config.PORT,
        tls: pair,
        openMedia: (channel, settled) => new MediaSocket({ ...shared, lines, channel, settled, observe }),
        openRelay: (channel, settled) => new RelaySocket({ ...shared, channel, settled }),
        failed: (error) => logger.error({ err: error }, 'frame cannot be handled'),
        operations,
        metricsToken: config.METRICS_TOKEN,
      });
      const { METRICS_ADDRESS: address, METRICS_PORT: port, METRICS_TOKEN: token } = config;
      const metrics =
        port === undefined ? null : await MetricsServer.listen({ address, port, token }, operations);
      return new NodeFront(server, tls, metrics);
    } catch (error) {
      tls?.close();
      server?.stopListening();
      throw error;
    }
  }

  private constructor(server: NodeServer, tls: TlsWatch | null, metrics: MetricsServer | null) {
    this.#server = server;
    this.#tls = tls;
    this.#metrics = metrics;
  }

  get socketCount(): number {
    return this.#server.socketCount;
  }

  /** When the certificate in use ends, epoch milliseconds; null without TLS. */
  get tlsExpiresAt(): number | null {
    return this.#tls?.expiresAt ?? null;
  }

  async reloadCertificate(): Promise<void> {
    await this.#tls?.check();
  }

  /** Accepts nothing new. Sockets that are open stay. */
  stopListening(): void {
    this.#tls?.close();
    this.#server.stopListening();
  }

  close(code: CloseCode, reason: string): void {
    this.#tls?.close();
    this.#server.close(code, reason);
    this.#metrics?.close();
  }
}

function tlsPairOf({ TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile }: Config): TlsPair | null {
  return certFile === undefined || keyFile === undefined ? null : { certFile, keyFile };
}
