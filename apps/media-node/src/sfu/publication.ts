import { EventEmitter } from 'node:events';
import type { Stream } from '@meridian/protocol';
import type { Producer } from 'mediasoup/types';
import type { z } from 'zod';
import type { MeetingRouter } from './meeting-router.ts';

export type StreamInfo = z.infer<typeof Stream>;

export type PublicationEvents = {
  /** `stream` has changed. */
  updated: [];
  closed: [];
};

/** The packets of a stream, at one router. */
export type Tap = { readonly producer: Producer; readonly router: MeetingRouter };

/** Somebody's hold on a tap. `release` is for calling once; what nobody holds goes after a moment. */
export type Lease = Tap & { release(): void };

/**
 * One generation of a stream as this node can have it: published by a peer here, or offered by another node.
 * Whoever wants its packets takes a lease at the router they are wanted at (`MeetingRouter.acquire`).
 */
export abstract class Publication extends EventEmitter<PublicationEvents> {
  constructor() {
    super();
    // One listener per subscriber and relay.
    this.setMaxListeners(0);
  }

  abstract readonly stream: StreamInfo;
  abstract readonly closed: boolean;
  /** Whether it is published at this node. */
  abstract readonly isLocal: boolean;
  /** Holds it at the router where it comes in. Rejects when it cannot be had in time. */
  abstract acquire(): Promise<Lease>;
}
