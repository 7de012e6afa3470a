import { randomUUID } from 'node:crypto';
import { CLOSE } from '@meridian/protocol';
import type { Config } from './config.ts';
import { CellLink } from './fleet/cell-link.ts';
import { LoadMeter } from './fleet/load.ts';
import { createLogger, type Logger } from './logger.ts';
import { Metrics } from './metrics.ts';
import { MediaSocket } from './server/media-socket.ts';
import { NodeServer } from './server/node-server.ts';
import { RelaySocket } from './server/relay-socket.ts';
import { DtlsCertificate } from './sfu/certificate.ts';
import { Meetings } from './sfu/meetings.ts';
import { WorkerPool } from './sfu/worker-pool.ts';
import { TokenVerifier } from './tokens/verifier.ts';

/** A whole media node: everything is made here and closed here. */
export class MediaNode {
  readonly bootId: string;
  readonly meetings: Meetings;
  readonly pool: WorkerPool;
  readonly metrics: Metrics;
  readonly #logger: Logger;
  readonly #certificate: DtlsCertificate;
  readonly #load: LoadMeter;
  readonly #server: NodeServer;
  readonly #cell: CellLink;
  #closing: Promise<void> | null = null;

  static async start(config: Config, logger: Logger = createLogger(config)): Promise<MediaNode> {
    const certificate = new DtlsCertificate(config.NODE_ID);
    let pool: WorkerPool | undefined;
    let node: { close: () => void } | undefined;
    try {
      pool = await WorkerPool.create(config, certificate, logger);
      const bootId = randomUUID();
      const meetings = new Meetings({ config, bootId, pool, logger });
      const load = new LoadMeter(pool, meetings);
      node = {
        close: () => {
          load.close();
          meetings.close(CLOSE.unavailable, 'cannot start');
        },
      };
      return await MediaNode.#serve({ config, bootId, certificate, pool, meetings, load, logger });
    } catch (error) {
      node?.close();
      pool?.close();
      certificate.close();
      throw error;
    }
  }

  static async #serve(parts: Parts): Promise<MediaNode> {
    const { config, bootId, pool, meetings, load, logger } = parts;
    const metrics = new Metrics(meetings, load);
    const verifier = new TokenVerifier(config.CONTROL_URL);
    const shared = { nodeId: config.NODE_ID, region: config.REGION, bootId, meetings, verifier, logger };
    let cell: CellLink | undefined;
    const server = await NodeServer.listen({
      address: config.LISTEN_ADDRESS,
      port: config.PORT,
      openMedia: (channel, settled) => new MediaSocket({ ...shared, channel, settled, observe: metrics }),
      openRelay: (channel, settled) => new RelaySocket({ ...shared, channel, settled }),
      failed: (error) => logger.error({ err: error }, 'frame cannot be handled'),
      ready: () => {
        const detail = {
          workers: pool.complete,
          registered: cell?.registered === true,
          state: meetings.state,
        };
        return { ready: detail.workers && detail.registered && detail.state !== 'draining', detail };
      },
      metrics: () => metrics.registry.metrics(),
    });
    void verifier.warmUp();
    cell = new CellLink({
      config,
      bootId,
      dtlsFingerprint: pool.fingerprint,
      load: () => load.read(),
      hostMeeting: (meetingId, roomUrl) => {
        try {
          meetings.open(meetingId, roomUrl);
        } catch (error) {
          logger.warn({ err: error, meeting_id: meetingId }, 'meeting cannot be hosted');
        }
      },
      logger,
    });
    logger.info({ port: config.PORT, workers: config.WORKERS, boot_id: bootId }, 'media node up');
    return new MediaNode({ ...parts, metrics, server, cell });
  }

  private constructor(parts: Parts & { metrics: Metrics; server: NodeServer; cell: CellLink }) {
    this.bootId = parts.bootId;
    this.meetings = parts.meetings;
    this.pool = parts.pool;
    this.metrics = parts.metrics;
    this.#logger = parts.logger;
    this.#certificate = parts.certificate;
    this.#load = parts.load;
    this.#server = parts.server;
    this.#cell = parts.cell;
  }

  get socketCount(): number {
    return this.#server.socketCount;
  }

  /** Stops for good: clients are told to go elsewhere, other nodes and the room that this one goes away. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#logger.info('media node stops');
    this.#server.stopListening();
    this.meetings.drain();
    // Placement should know before the clients, who ask it for another node.
    await this.#cell.beat();
    this.meetings.close(CLOSE.unavailable, 'the node stops');
    this.#server.close(CLOSE.goingAway, 'the node stops');
    this.#cell.close(CLOSE.goingAway, 'the node stops');
    this.#load.close();
    this.pool.close();
    this.#certificate.close();
  }
}

type Parts = {
  config: Config;
  bootId: string;
  certificate: DtlsCertificate;
  pool: WorkerPool;
  meetings: Meetings;
  load: LoadMeter;
  logger: Logger;
};
