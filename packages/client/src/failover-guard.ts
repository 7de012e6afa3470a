import { RESUME } from './config.ts';
import { decide, type Evidence, type FailoverReason, reasonOf } from './failover.ts';
import type { MediaSession } from './media-session.ts';
import { NodeWatch } from './node-watch.ts';
import type { Places } from './places.ts';
import type { SessionLoss } from './session-loss.ts';
import { Standby, type StandbyOptions } from './standby.ts';
import type { MeetingStats } from './stats.ts';

export type FailoverGuardOptions = Pick<StandbyOptions, 'policy' | 'random' | 'people' | 'open'> & {
  /** Where media may be. */
  places: Places;
  /** The session in use, at any stage. */
  current: () => MediaSession | null;
  /** Whether it has been up and is not lost. */
  working: () => boolean;
  /** Whether an older session carries everything: then nothing is lost with it. */
  carried: () => boolean;
  /** The standby's session is there no more. */
  standbyGone(): void;
  /** When a socket to the room last broke off, by performance.now(). */
  roomLostAt(): number;
  /** Makes the standby the session in use. True when it is. */
  failOver(): boolean;
  /** Media is at `to` from now on, the standby of `from`, which is lost: the room has to hear of it. */
  failedOver(from: string, to: string, reason: FailoverReason): void;
};

/** Keeps a standby for the node in use, and goes over to it when that node is lost. */
export class FailoverGuard {
  readonly standby: Standby;
  readonly #options: FailoverGuardOptions;
  readonly #watch: NodeWatch;
  #reason: FailoverReason = 'socket_closed';
  #settling: ReturnType<typeof setTimeout> | undefined;
  /** Broke off together with the room's socket, as on another network. */
  #unsettled: MediaSession | null = null;

  constructor(options: FailoverGuardOptions) {
    const { policy, random, people, open, current, working, standbyGone } = options;
    this.#options = options;
    this.standby = new Standby({
      policy,
      random,
      people,
      open,
      changed: () => {
        if (!this.standby.session) standbyGone();
        this.#watch.update();
        // On a new network the standby may be back first, which says nothing of the node in use yet.
        if (this.standby.ready && this.#unsettled) this.#judgeLater(this.#unsettled);
      },
    });
    this.#watch = new NodeWatch({
      current: () => (working() ? current() : null),
      standby: () => this.standby.ready,
      silent: (answers) => this.#suspect('silent', answers ? 'answers' : 'silent'),
      noPackets: () => this.#suspect('answers', 'answers'),
    });
  }

  /** What the node in use was last lost by, for the room. */
  get reason(): FailoverReason {
    return this.#reason;
  }

  /** For the application; null where nothing is prepared. */
  get stats(): MeetingStats['standby'] {
    const { assignment, ready } = this.standby;
    return (
      assignment && { nodeId: assignment.endpoint.node_id, tier: assignment.tier, ready: ready !== null }
    );
  }

  /** Has a standby made or given up, as the room has named it. To be called when that or the node in use changes. */
  arm(): void {
    const { places, current } = this.#options;
    this.standby.assign(places.assignment(current()?.endpoint.node_id));
  }

  /** The node in use works: the room has to know when it is one that it has not named. */
  tellPlace(): void {
    const { places, current, failedOver } = this.#options;
    const at = current()?.endpoint;
    const named = at ? places.claim(at) : null;
    if (at && named !== null) failedOver(named, at.node_id, this.#reason);
  }

  /**
   * The socket of the session in use broke off. Whether the standby takes its place is decided in a moment, when it is
   * known whether its own broke off with it: or when that has been there for a while, where the room's did, since that
   * looks like one's own network.
   */
  interrupted(session: MediaSession): void {
    clearTimeout(this.#settling);
    this.#unsettled = null;
    this.#settling = setTimeout(() => {
      const alone = performance.now() - this.#options.roomLostAt() > RESUME.togetherMs;
      if (alone) this.#judge(session);
      else this.#judgeLater(session);
    }, RESUME.settleMs);
  }

  /** At the node of the standby others have come from the node in use. */
  warned(): void {
    this.#watch.warned();
  }

  /** The session in use is lost. True when the standby has taken its place. */
  lost({ evidence }: SessionLoss): boolean {
    if (!evidence) return false;
    return this.#suspect(evidence, this.#standbyState);
  }

  close(): void {
    clearTimeout(this.#settling);
    this.#watch.close();
    this.standby.close();
  }

  get #standbyState(): Evidence['standby'] {
    if (!this.standby.ready) return 'unready';
    return this.#watch.standbySilent ? 'silent' : 'answers';
  }

  #judgeLater(session: MediaSession): void {
    this.#unsettled = session;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#judge(session), RESUME.ownNetworkMs);
  }

  #judge(session: MediaSession): void {
    if (this.#options.current() === session && session.interrupted) {
      this.#suspect('interrupted', this.#standbyState);
    } else this.#unsettled = null;
  }

  /** Something is wrong with the node in use. True when the standby has taken its place. */
  #suspect(current: Evidence['current'], standby: Evidence['standby']): boolean {
    if (this.#options.carried()) return false;
    const decision = decide({ current, standby });
    if (decision === 'restart_ice') this.#options.current()?.restartIce();
    if (decision !== 'activate') return false;
    this.#reason = reasonOf(current);
    return this.#options.failOver();
  }
}
