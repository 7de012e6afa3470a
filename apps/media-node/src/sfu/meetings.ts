import { EventEmitter } from 'node:events';
import { CLOSE, type CloseCode, MeridianError } from '@meridian/protocol';
import { SFU } from '../config.ts';
import type { Config } from '../env.ts';
import type { NodeIdentity } from '../fleet/node-identity.ts';
import type { Logger } from '../logger.ts';
import type { NodeObserver } from '../metrics/observer.ts';
import { socketUrl } from '../net/socket-url.ts';
import { Meeting } from './meeting.ts';
import type { Arrival, Peer } from './peer.ts';
import type { WorkerPool } from './worker-pool.ts';

export type MeetingsOptions = {
  config: Config;
  identity: NodeIdentity;
  bootId: string;
  pool: WorkerPool;
  observe: NodeObserver;
  logger: Logger;
};

/** The meetings this node has something to do with. */
export class Meetings {
  readonly #options: MeetingsOptions;
  readonly #meetings = new Map<string, Meeting>();
  /** Those that the rooms have let go of: they close in a moment. */
  readonly #parting = new Set<Meeting>();
  readonly #sweep: NodeJS.Timeout;
  readonly #changed = new EventEmitter<{ empty: [] }>();
  #draining = false;
  /** Participants who are being let in. */
  #joining = 0;

  constructor(options: MeetingsOptions) {
    this.#options = options;
    this.#sweep = setInterval(() => this.#closeUnwanted(), SFU.sweep);
  }

  get all(): readonly Meeting[] {
    return [...this.#meetings.values()];
  }

  get participants(): number {
    let count = 0;
    for (const meeting of this.#meetings.values()) count += meeting.sessionCount;
    return count;
  }

  /** Participants of other nodes who are prepared to come here. */
  get standbys(): number {
    let count = 0;
    for (const meeting of this.#meetings.values()) count += meeting.standbyCount;
    return count;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** Participants it takes at most: fewer while workers are missing. */
  get capacity(): number {
    const { config, pool } = this.#options;
    return Math.ceil((config.CAPACITY * pool.workers.length) / pool.size);
  }

  get state(): 'up' | 'draining' | 'full' {
    if (this.#draining) return 'draining';
    return this.participants + this.#joining >= this.capacity ? 'full' : 'up';
  }

  /** Takes nobody new from now on, and asks the rooms to move who is here by `deadline` (epoch milliseconds). */
  drain(deadline: number): void {
    this.#draining = true;
    for (const meeting of this.all) meeting.drain(deadline);
  }

  /** Takes participants again. */
  serve(): void {
    this.#draining = false;
    for (const meeting of this.all) meeting.serve();
  }

  /** Resolves when no participant is here, and nothing passes through from node to node. */
  async emptied(): Promise<void> {
    while (this.participants + this.#joining > 0 || this.#relaying) {
      await new Promise<void>((resolve) => this.#changed.once('empty', resolve));
    }
  }

  /** The meeting of this id, here from now on if it was not. `roomUrl` where the cell has named it. */
  open(id: string, roomUrl?: string): Meeting {
    const known = this.#meetings.get(id);
    if (known !== undefined) {
      known.hold();
      return known;
    }
    if (this.#draining || this.#meetings.size >= SFU.maxMeetings) {
      throw new MeridianError('no_capacity', 'the node takes no further meetings', { retryAfterMs: 5_000 });
    }
    // It would have the neighbours of its successor.
    for (const former of this.#parting)
      if (former.id === id) former.close(CLOSE.normal, 'the meeting is back');
    const { config } = this.#options;
    const meeting = new Meeting({
      ...this.#options,
      id,
      roomUrl: roomUrlOf(config.CONTROL_URL, id, roomUrl),
      roomLinks: () => this.#meetings.size,
    });
    this.#meetings.set(id, meeting);
    const forget = () => {
      if (this.#meetings.get(id) === meeting) this.#meetings.delete(id);
    };
    meeting.on('empty', () => this.#changed.emit('empty'));
    meeting.once('dismissed', () => {
      // Whoever comes all the same finds another.
      forget();
      this.#parting.add(meeting);
    });
    meeting.once('closed', () => {
      forget();
      this.#parting.delete(meeting);
      this.#changed.emit('empty');
    });
    return meeting;
  }

  async join(arrival: Arrival): Promise<Peer> {
    const { claims, standby } = arrival;
    const known = this.#meetings.get(claims.meeting)?.has(claims.sid, standby) === true;
    // Who is here already may come back: a place of theirs is counted. And those whose worker died must not be
    // turned away for there being fewer workers: placement alone minds that. Standbys are counted apart: they send
    // nothing and get nothing.
    const present = standby ? this.standbys : this.participants;
    const full = present + this.#joining >= this.#options.config.CAPACITY;
    if (!known && (this.#draining || full)) {
      throw new MeridianError('no_capacity', 'the node takes no further participants', {
        retryAfterMs: 1_000,
      });
    }
    this.#joining += 1;
    try {
      return await this.open(claims.meeting).join(arrival);
    } finally {
      this.#joining -= 1;
      if (this.#joining === 0) this.#changed.emit('empty');
    }
  }

  close(code: CloseCode, reason: string): void {
    clearInterval(this.#sweep);
    this.#draining = true;
    for (const meeting of [...this.all, ...this.#parting]) meeting.close(code, reason);
  }

  get #relaying(): boolean {
    return [...this.all, ...this.#parting].some((meeting) => meeting.relay.connected > 0);
  }

  #closeUnwanted(): void {
    for (const meeting of this.all) {
      if (!meeting.wanted) meeting.close(CLOSE.normal, 'nobody is left');
    }
  }
}

/**
 * Where the room of a meeting is. A URL on another origin than the edge's is not used: the node's token goes
 * there.
 */
export function roomUrlOf(controlUrl: string, meetingId: string, given?: string): string {
  const usual = socketUrl(new URL(`/api/v1/meetings/${meetingId}/room-link`, controlUrl));
  if (given === undefined || !URL.canParse(given)) return usual.href;
  const url = socketUrl(new URL(given));
  return url.origin === usual.origin ? url.href : usual.href;
}
