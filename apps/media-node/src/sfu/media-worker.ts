import { ROUTER_MEDIA_CODECS } from '@meridian/protocol';
import type { Router, WebRtcServer, Worker } from 'mediasoup/types';
import { LOAD, SFU } from '../config.ts';
import type { Config } from '../env.ts';
import { withDeadline } from '../net/deadline.ts';
import type { DtlsCertificate } from './certificate.ts';
import { spawnWorker } from './spawn-worker.ts';
import { WorkerCounts } from './worker-counts.ts';

/** A mediasoup worker process with the RTC port it serves. */
export class MediaWorker {
  readonly index: number;
  readonly webRtcServer: WebRtcServer;
  readonly counts: WorkerCounts;
  /** Participants placed here. Kept by who places them. */
  seats = 0;
  readonly #worker: Worker;
  #cpu = 0;
  #cpuReading: { at: number; ms: number } | null = null;

  static async create(config: Config, index: number, certificate: DtlsCertificate): Promise<MediaWorker> {
    const worker = await spawnWorker(certificate);
    try {
      const listen = {
        ip: config.MEDIA_ADDRESS,
        announcedAddress: config.announcedAddress,
        port: config.MEDIA_PORT + index,
        recvBufferSize: SFU.socketBufferBytes,
        sendBufferSize: SFU.socketBufferBytes,
      };
      const webRtcServer = await withDeadline(
        worker.createWebRtcServer({
          listenInfos: [
            { ...listen, protocol: 'udp' },
            { ...listen, protocol: 'tcp' },
          ],
        }),
        SFU.workerTimeout,
        'opening the RTC port',
      );
      return new MediaWorker(worker, webRtcServer, index);
    } catch (error) {
      worker.close();
      throw error;
    }
  }

  private constructor(worker: Worker, webRtcServer: WebRtcServer, index: number) {
    this.#worker = worker;
    this.counts = new WorkerCounts(worker);
    this.webRtcServer = webRtcServer;
    this.index = index;
  }

  get pid(): number {
    return this.#worker.pid;
  }

  get closed(): boolean {
    return this.#worker.closed;
  }

  /** Share of one core it used between the last two measurements. */
  get cpu(): number {
    return this.#cpu;
  }

  /** CPU time it has used since its start, milliseconds, as of the last measurement. */
  get cpuTime(): number {
    return this.#cpuReading?.ms ?? 0;
  }

  onDied(listener: (error: Error) => void): void {
    this.#worker.on('died', listener);
  }

  createRouter(): Promise<Router> {
    return withDeadline(
      this.#worker.createRouter({
        mediaCodecs: ROUTER_MEDIA_CODECS.map((codec) => ({ ...codec })),
      }),
      SFU.workerTimeout,
      'creating a router',
      (late) => late.close(),
    );
  }

  /** Measures `cpu`. A worker too busy to answer in time is as loaded as can be. */
  async measure(): Promise<number> {
    const usage = await withDeadline(
      this.#worker.getResourceUsage(),
      LOAD.workerAnswer,
      'reading the CPU use of a worker',
    ).catch(() => null);
    if (usage === null) {
      this.#cpu = 1;
      return this.#cpu;
    }
    const before = this.#cpuReading;
    const now = { at: performance.now(), ms: usage.ru_utime + usage.ru_stime };
    this.#cpuReading = now;
    if (before !== null && now.at > before.at) this.#cpu = (now.ms - before.ms) / (now.at - before.at);
    return this.#cpu;
  }

  /** Resolves when the process is gone and its ports are free. */
  async close(): Promise<void> {
    const worker = this.#worker;
    const gone = new Promise<void>((resolve) => worker.once('subprocessclose', resolve));
    worker.close();
    if (worker.subprocessClosed) return;
    await withDeadline(gone, SFU.workerTimeout, 'the end of a worker').catch(() => {});
  }
}
