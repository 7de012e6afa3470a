import { ROUTER_MEDIA_CODECS } from '@meridian/protocol';
import * as mediasoup from 'mediasoup';
import type { Router, WebRtcServer, Worker } from 'mediasoup/types';
import { type Config, LOAD, SFU } from '../config.ts';
import { withDeadline } from '../net/deadline.ts';
import type { DtlsCertificate } from './certificate.ts';

/** A mediasoup worker process with the RTC port it serves. */
export class MediaWorker {
  readonly index: number;
  readonly webRtcServer: WebRtcServer;
  readonly #worker: Worker;
  #routers = 0;

  static async create(config: Config, index: number, certificate: DtlsCertificate): Promise<MediaWorker> {
    const worker = await mediasoup.createWorker({
      logLevel: 'warn',
      dtlsCertificateFile: certificate.certificateFile,
      dtlsPrivateKeyFile: certificate.privateKeyFile,
    });
    try {
      const listen = {
        ip: config.MEDIA_ADDRESS,
        announcedAddress: config.announcedAddress,
        port: config.MEDIA_PORT + index,
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
    this.webRtcServer = webRtcServer;
    this.index = index;
  }

  get pid(): number {
    return this.#worker.pid;
  }

  get closed(): boolean {
    return this.#worker.closed;
  }

  /** How many meetings run here. */
  get routers(): number {
    return this.#routers;
  }

  onDied(listener: (error: Error) => void): void {
    this.#worker.on('died', listener);
  }

  async createRouter(): Promise<Router> {
    this.#routers += 1;
    try {
      const router = await withDeadline(
        this.#worker.createRouter({
          mediaCodecs: ROUTER_MEDIA_CODECS.map((codec) => ({ ...codec })),
        }),
        SFU.workerTimeout,
        'creating a router',
        (late) => late.close(),
      );
      router.observer.once('close', () => {
        this.#routers -= 1;
      });
      return router;
    } catch (error) {
      this.#routers -= 1;
      throw error;
    }
  }

  /** CPU time used so far, milliseconds. */
  async cpuTime(): Promise<number> {
    const usage = await withDeadline(
      this.#worker.getResourceUsage(),
      LOAD.workerAnswer,
      'reading the CPU use of a worker',
    );
    return usage.ru_utime + usage.ru_stime;
  }

  close(): void {
    this.#worker.close();
  }
}
