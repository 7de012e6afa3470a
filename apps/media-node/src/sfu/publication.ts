import { EventEmitter } from 'node:events';
import type { Stream } from '@meridian/protocol';
import type { Producer } from 'mediasoup/types';
import type { z } from 'zod';
import { Audience } from './audience.ts';
import type { MeetingRouter } from './meeting-router.ts';
import { StreamDemand } from './stream-demand.ts';

export type StreamInfo = z.infer<typeof Stream>;

export type PublicationEvents = {
  /** `stream` has changed. */
  updated: [];
  /** It comes over another tap from now on; `edition` has risen. Whoever holds a lease should take a new one. */
  retapped: [];
  /** It can be had another way, whichever is in use. */
  rerouted: [];
  /** The layer of a tap that carries one alone (`Tap.single`) is another. */
  layer: [];
  /** Other layers flow; see `flowing`. */
  flow: [];
  /** `score` has changed. */
  scored: [];
  /** It was prepared until now and is live from here on, as another generation. */
  announced: [];
  closed: [];
};

/** Which layer of a stream comes over a tap that carries one alone; null: none at present. */
export type SingleLayer = { spatial: number | null };

/** The packets of a stream, at one router. */
export type Tap = {
  readonly producer: Producer;
  readonly router: MeetingRouter;
  /** Null: all layers come. */
  readonly single: SingleLayer | null;
  /**
   * Somebody can take packets now: before, video need not come. A key frame that nobody can use yet delays the next
   * one by a second. Calling it again does nothing.
   */
  start(): void;
};

/** Somebody's hold on a tap. `release` is for calling once; what nobody holds goes after a moment. */
export type Lease = Tap & { release(): void };

/**
 * One generation of a stream as this node can have it: published by a peer here, or offered by another node.
 * Whoever wants its packets takes a lease at the router they are wanted at (`MeetingRouter.acquire`).
 */
export abstract class Publication extends EventEmitter<PublicationEvents> {
  /** Who watches which layers. To be kept true by whoever holds a lease. */
  readonly demand = new StreamDemand();
  /** Who begins to receive it here. */
  readonly audience: Audience;

  /** `everybodyHere`: see Audience. */
  constructor(everybodyHere: (() => boolean) | null = null) {
    super();
    this.audience = new Audience(everybodyHere);
    // One listener per subscriber and relay.
    this.setMaxListeners(0);
  }

  abstract readonly stream: StreamInfo;
  abstract readonly closed: boolean;
  /** Whether it is published at this node. */
  abstract readonly isLocal: boolean;
  /** Rises when it comes over another tap while the former still flows. */
  abstract readonly edition: number;

  /** How many of its layers leave its sender, from the lowest, as far as that has said. */
  get flowing(): number {
    return Number.POSITIVE_INFINITY;
  }

  /** How well it arrives at the node it is published at, 0 to 10; null while that cannot be said. */
  get score(): number | null {
    return null;
  }

  /** Whether it is live. Otherwise a standby has prepared it, and it carries nothing yet. */
  get announced(): boolean {
    return true;
  }

  /** Holds it at the router where it comes in. Rejects when it cannot be had in time. */
  abstract acquire(): Promise<Lease>;
}
