import { randomUUID } from 'node:crypto';
import { CLOSE } from '@meridian/protocol';
import { Registry } from 'prom-client';
import type { Config } from './env.ts';
import { CellLink } from './fleet/cell-link.ts';
import { Drain } from './fleet/drain.ts';
import { LoadMeter } from './fleet/load.ts';
import type { NodeIdentity } from './fleet/node-identity.ts';
import { obtainIdentity } from './fleet/obtain-identity.ts';
import { reasonsNotReady } from './fleet/readiness.ts';
import { createLogger, type Logger } from './logger.ts';
import { reportQuality } from './metrics/client-quality.ts';
import { EventMetrics } from './metrics/event-metrics.ts';
import { registerState } from './metrics/state-metrics.ts';
import { NodeFront } from './server/node-front.ts';
import { DtlsCertificate } from './sfu/certificate.ts';
import { Meetings } from './sfu/meetings.ts';
import { WorkerPool } from './sfu/worker-pool.ts';
import { KeyStore } from './tokens/key-store.ts';
import { TokenVerifier } from './tokens/verifier.ts';

/** A whole media node: everything is made here and closed here. */
export class MediaNode {
  readonly bootId: string;
  readonly meetings: Meetings;
  readonly pool: WorkerPool;
  readonly registry: Registry;
  readonly #logger: Logger;
  readonly #drain: Drain;
  readonly #load: LoadMeter;
  readonly #front: NodeFront;
  readonly #cell: CellLink;
  #closing: Promise<void> | null = null;

  static async start(config: Config, logger: Logger = createLogger(config)): Promise<MediaNode> {
    const certificate = new DtlsCertificate(config.NODE_ID);
    let pool: WorkerPool | undefined;
    let node: { close: () => void } | undefined;
    try {
      const identity = await obtainIdentity(config, logger);
      pool = await WorkerPool.create(config, certificate, logger);
      const bootId = randomUUID();
      const registry = new Registry();
      const observe = new EventMetrics(registry);
      const meetings = new Meetings({ config, identity, bootId, pool, observe, logger });
      const load = new LoadMeter(pool, meetings);
      node = {
        close: () => {
          load.close();
          meetings.close(CLOSE.goingAway, 'cannot start');
        },
      };
      return await MediaNode.#serve({
        config,
        identity,
        bootId,
        pool,
        meetings,
        load,
        registry,
        observe,
        logger,
      });
    } catch (error) {
      node?.close();
      await pool?.close();
      throw error;
    }
  }

  static async #serve(parts: Parts): Promise<MediaNode> {
    const { config, identity, bootId, pool, meetings, load, registry, observe, logger } = parts;
    const verifier = new TokenVerifier(
      config.CONTROL_URL,
      await KeyStore.open(config.signingKeysFile, logger),
    );
    let cell: CellLink | undefined;
    const notReady = () =>
      reasonsNotReady({
        workers: pool.workers.length,
        workersWanted: pool.size,
        cellDownFor: cell?.downFor ?? null,
        draining: meetings.draining,
        loopDelay: load.loopDelay,
      });
    const front = await NodeFront.open({
      config,
      bootId,
      meetings,
      verifier,
      observe,
      operations: {
        ready: () => ({
          reasons: notReady(),
          detail: {
            state: meetings.state,
            workers: pool.workers.length,
            workers_wanted: pool.size,
            registered: cell?.registered === true,
            participants: meetings.participants,
            capacity: meetings.capacity,
          },
        }),
        metrics: () => registry.metrics(),
      },
      logger,
    });
    void verifier.warmUp();
    const drain = new Drain({ meetings, beat: async () => cell?.beat(), logger });
    cell = new CellLink({
      config,
      identity,
      bootId,
      dtlsFingerprint: pool.fingerprint,
      capacity: () => meetings.capacity,
      load: () => load.read(),
      hostMeeting: (meetingId, roomUrl) => {
        try {
          meetings.open(meetingId, roomUrl);
        } catch (error) {
          logger.warn({ err: error, meeting_id: meetingId }, 'meeting cannot be hosted');
        }
      },
      directed: (wish) => drain.directed(wish),
      logger,
    });
    registerState(registry, {
      meetings,
      pool,
      load,
      cell,
      ready: () => notReady().length === 0,
      tlsExpiresAt: () => front.tlsExpiresAt,
    });
    reportQuality(registry, () =>
      meetings.all.flatMap(({ peers }) => peers.flatMap(({ lastStats }) => lastStats ?? [])),
    );
    logger.info({ port: config.PORT, workers: config.WORKERS, boot_id: bootId }, 'media node up');
    return new MediaNode({ ...parts, front, cell, drain });
  }

  private constructor(parts: Parts & { front: NodeFront; cell: CellLink; drain: Drain }) {
    this.bootId = parts.bootId;
    this.meetings = parts.meetings;
    this.pool = parts.pool;
    this.registry = parts.registry;
    this.#logger = parts.logger;
    this.#drain = parts.drain;
    this.#load = parts.load;
    this.#front = parts.front;
    this.#cell = parts.cell;
    for (const event of ['died', 'replaced'] as const) {
      this.pool.on(event, () => void this.#cell.describeAgain());
    }
  }

  get socketCount(): number {
    return this.#front.socketCount;
  }

  /** Reads the TLS certificate anew if there is another one. */
  reloadCertificate(): Promise<void> {
    return this.#front.reloadCertificate();
  }

  /**
   * Takes nobody new for good and asks for its participants to be moved to other nodes. Resolves when they are gone,
   * `ms` milliseconds have passed, or the node is being closed. What is asked first counts.
   */
  drain(ms: number): Promise<void> {
    return this.#drain.finally(ms);
  }

  /** Stops for good: clients are told to go elsewhere, other nodes and the room that this one goes away. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#logger.info('media node stops');
    this.#front.stopListening();
    this.#drain.stop();
    await this.drain(0);
    this.meetings.close(CLOSE.goingAway, 'the node stops');
    this.#front.close(CLOSE.goingAway, 'the node stops');
    this.#cell.close(CLOSE.goingAway, 'the node stops');
    this.#load.close();
    await this.pool.close();
  }
}

type Parts = {
  config: Config;
  identity: NodeIdentity;
  bootId: string;
  pool: WorkerPool;
  meetings: Meetings;
  load: LoadMeter;
  registry: Registry;
  observe: EventMetrics;
  logger: Logger;
};
