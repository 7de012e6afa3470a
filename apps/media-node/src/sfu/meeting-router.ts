import { MeridianError } from '@meridian/protocol';
import type { Router, RtpCapabilities } from 'mediasoup/types';
import { SFU } from '../config.ts';
import type { MediaWorker } from './media-worker.ts';
import type { Lease, Publication, Tap } from './publication.ts';
import { PulledTap } from './pulled-tap.ts';
import type { RouterPipes } from './router-pipes.ts';

/** `forget` undoes all of it. */
type Import = { edition: number; tap: PulledTap; forget: () => void };

/** A meeting on one worker: its router there, and what it draws from the meeting's routers on other workers. */
export class MeetingRouter {
  readonly router: Router;
  readonly worker: MediaWorker;
  readonly #pipes: RouterPipes;
  /** By publication, the latest. Earlier editions live in #imports as long as they are held. */
  readonly #latest = new Map<Publication, Import>();
  readonly #imports = new Set<Import>();

  constructor(router: Router, worker: MediaWorker, pipes: RouterPipes) {
    this.router = router;
    this.worker = worker;
    this.#pipes = pipes;
    router.observer.once('close', () => {
      for (const { forget } of [...this.#imports]) forget();
    });
  }

  get closed(): boolean {
    return this.router.closed;
  }

  canConsume(producerId: string, rtpCapabilities: RtpCapabilities): boolean {
    return this.router.canConsume({ producerId, rtpCapabilities });
  }

  /** Holds a stream at this router: where it comes in here as it is, else through a pipe between workers. */
  async acquire(publication: Publication): Promise<Lease> {
    const known = this.#known(publication);
    if (known !== undefined) return known.tap.acquire();
    const home = await publication.acquire();
    if (home.router === this) return home;
    try {
      if (this.closed || publication.closed) throw new MeridianError('unknown_stream', 'the stream is gone');
      return await this.#import(publication).acquire();
    } finally {
      // The pull holds it for itself.
      home.release();
    }
  }

  close(): void {
    this.router.close();
  }

  #known(publication: Publication): Import | undefined {
    const known = this.#latest.get(publication);
    return known?.edition === publication.edition ? known : undefined;
  }

  #import(publication: Publication): PulledTap {
    const known = this.#known(publication);
    if (known !== undefined) return known.tap;
    this.#latest.get(publication)?.tap.retire();
    let home: Lease | null = null;
    const release = () => {
      home?.release();
      home = null;
    };
    const tap = new PulledTap({
      pull: async (): Promise<Tap> => {
        release();
        const lease = await publication.acquire();
        home = lease;
        try {
          // Streams of other nodes may come in elsewhere after the death of a worker.
          if (lease.router === this) throw new MeridianError('conflict', 'the stream comes in here now');
          const producer = await this.#pipes.carry(lease.producer, lease.router.router, this.router);
          producer.observer.once('close', () => {
            if (home === lease) release();
          });
          return { producer, router: this, single: lease.single, start: () => lease.start() };
        } catch (error) {
          forget();
          throw error;
        }
      },
      dropped: () => forget(),
      paused: () => publication.stream.paused,
      linger: SFU.pipeLinger,
    });
    const updated = () => tap.pauseChanged();
    const forget = () => {
      if (this.#latest.get(publication) === entry) this.#latest.delete(publication);
      this.#imports.delete(entry);
      publication.off('updated', updated);
      publication.off('closed', forget);
      tap.close();
      release();
    };
    const entry: Import = { edition: publication.edition, tap, forget };
    this.#latest.set(publication, entry);
    this.#imports.add(entry);
    publication.on('updated', updated);
    publication.once('closed', forget);
    return tap;
  }
}
