import {
  CLOSE,
  type CloseCode,
  type MediaClaims,
  MeridianError,
  type RtpCapabilities,
} from '@meridian/protocol';
import { type Config, SFU } from '../config.ts';
import type { Logger } from '../logger.ts';
import { socketUrl } from '../net/socket-url.ts';
import { Meeting } from './meeting.ts';
import type { Peer, PeerOutlet } from './peer.ts';
import type { WorkerPool } from './worker-pool.ts';

export type MeetingsOptions = { config: Config; bootId: string; pool: WorkerPool; logger: Logger };

/** The meetings this node has something to do with. */
export class Meetings {
  readonly #options: MeetingsOptions;
  readonly #meetings = new Map<string, Meeting>();
  readonly #sweep: NodeJS.Timeout;
  #draining = false;
  /** Participants who are being let in. */
  #joining = 0;

  constructor(options: MeetingsOptions) {
    this.#options = options;
    this.#sweep = setInterval(() => this.#closeUnwanted(), SFU.sweep);
    options.pool.on('died', (worker) => {
      for (const meeting of this.all) {
        if (meeting.worker === worker) meeting.close(CLOSE.unavailable, 'media worker died');
      }
    });
  }

  get all(): readonly Meeting[] {
    return [...this.#meetings.values()];
  }

  get participants(): number {
    let count = 0;
    for (const meeting of this.#meetings.values()) count += meeting.sessionCount;
    return count;
  }

  get state(): 'up' | 'draining' | 'full' {
    if (this.#draining) return 'draining';
    return this.participants + this.#joining >= this.#options.config.CAPACITY ? 'full' : 'up';
  }

  /** Takes nobody new from now on. */
  drain(): void {
    this.#draining = true;
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
    const { config } = this.#options;
    const meeting = new Meeting({
      ...this.#options,
      id,
      roomUrl: roomUrlOf(config.CONTROL_URL, id, roomUrl),
    });
    this.#meetings.set(id, meeting);
    meeting.once('closed', () => {
      if (this.#meetings.get(id) === meeting) this.#meetings.delete(id);
    });
    return meeting;
  }

  async join(claims: MediaClaims, capabilities: RtpCapabilities, outlet: PeerOutlet): Promise<Peer> {
    const known = this.#meetings.get(claims.meeting)?.hasSession(claims.sid) === true;
    // Who is here already may come back: a place of theirs is counted.
    if (!known && this.state !== 'up') {
      throw new MeridianError('no_capacity', 'the node takes no further participants', {
        retryAfterMs: 1_000,
      });
    }
    this.#joining += 1;
    try {
      return await this.open(claims.meeting).join(claims, capabilities, outlet);
    } finally {
      this.#joining -= 1;
    }
  }

  close(code: CloseCode, reason: string): void {
    clearInterval(this.#sweep);
    this.#draining = true;
    for (const meeting of this.all) meeting.close(code, reason);
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
