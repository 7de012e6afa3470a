import { encode, MeridianError, type NodeDescription, type Ref, type signaling } from '@meridian/protocol';
import type { z } from 'zod';
import { distanceKm } from '../placement/index.ts';
import { activate } from './activation.ts';
import { avoiding, searches } from './avoidance.ts';
import { ROOM } from './config.ts';
import type { Caller } from './contract.ts';
import type { Evidence } from './evidence.ts';
import { absence, mediaPlaces } from './media-access.ts';
import type { MeshNode } from './mesh-store.ts';
import { drainGap, type MoveReason, type MoveWish, moveToStandby, nodeToMoveTo, startMove } from './moves.ts';
import type { Reserver } from './reserver.ts';
import type { Member } from './roster.ts';
import type { Runtime } from './runtime.ts';
import { settleStandby, withdrawStandby } from './standby.ts';

type NodeRequest = Pick<z.infer<typeof signaling.RequestNode>, 'node_id' | 'reason' | 'ref'>;
type Activated = Pick<z.infer<typeof signaling.Activated>, 'node_id' | 'from_node_id' | 'ref'>;

/** Gives participants another node, make before break. */
export class Mover {
  readonly #runtime: Runtime;
  readonly #reserver: Reserver;
  readonly #evidence: Evidence;
  /** By node that is being emptied, how many in a row could not be moved: others need not wait for them. */
  readonly #stuck = new Map<string, number>();

  constructor(runtime: Runtime, reserver: Reserver, evidence: Evidence) {
    this.#runtime = runtime;
    this.#reserver = reserver;
    this.#evidence = evidence;
  }

  /**
   * A participant says that a node does not work: theirs, or their standby. Whoever has been sent elsewhere meanwhile
   * is told where.
   */
  async request(caller: Caller, { node_id, reason, ref }: NodeRequest): Promise<void> {
    const member = this.#member(caller);
    if (reason === 'lost') this.#accuse(member, node_id);
    if (member.standby_node_id === node_id) {
      this.#runtime.transact((op) => op.tellStandby(settleStandby(op, this.#avoid(caller, node_id)), ref));
      return;
    }
    if (member.node_id === node_id) {
      this.#runtime.transact(() => this.#avoid(caller, node_id));
      await this.#move(caller, node_id, reason);
    }
    await this.#tell(caller, reason, ref);
  }

  /** A client has gone over to its standby by itself, or to what it took for one. */
  async activated(caller: Caller, { node_id, from_node_id, ref }: Activated): Promise<void> {
    this.#accuse(this.#member(caller), from_node_id);
    const known = this.#runtime.transact((op) => activate(op, this.#member(caller), { node_id, ref }));
    if (known) {
      this.#runtime.log('info', 'activated', {
        participant_id: caller.participant_id,
        node_id,
        from: from_node_id,
      });
      return;
    }
    if (this.#member(caller).node_id === from_node_id) {
      this.#runtime.transact(() => this.#avoid(caller, from_node_id));
      await this.#move(caller, from_node_id, 'lost');
    }
    await this.#tell(caller, 'lost', ref);
  }

  /**
   * Gives one participant another standby than a node that drains, or, when it is nobody's standby any more, moves one off
   * a node that drains or is lost. How long until the next; null when there is none, or when the node drains and its time
   * is over.
   */
  async drainOne(nodeId: string): Promise<number | null> {
    const { state } = this.#runtime;
    const entry = state.mesh.get(nodeId);
    const prepared = state.roster.all().filter((member) => member.standby_node_id === nodeId);
    const left = state.roster.all().filter((member) => member.node_id === nodeId);
    const stuck = this.#stuck.get(nodeId) ?? 0;
    const next = prepared[0] ?? left[stuck % left.length];
    const remaining = entry ? deadlineOf(entry) - this.#runtime.now() : 0;
    if (!state.session.active || !entry || !next || (entry.lost_at === null && remaining <= 0)) {
      this.#stuck.delete(nodeId);
      if (entry) this.#runtime.transact((op) => withdrawStandby(op, nodeId));
      return null;
    }
    const gap = drainGap(prepared.length + left.length, remaining);
    if (next.standby_node_id === nodeId) {
      this.#runtime.transact((op) => settleStandby(op, next));
      return Math.min(ROOM.move.standbyGapMs, gap);
    }
    const reason = entry.lost_at === null ? 'drain' : 'lost';
    try {
      await this.#move(next, nodeId, reason);
      this.#stuck.delete(nodeId);
      if (state.roster.find(next)?.stage === 'joined') await this.#tell(next, reason, undefined);
    } catch (error) {
      this.#runtime.log('warn', 'a participant could not be moved', {
        participant_id: next.participant_id,
        node_id: nodeId,
        error,
      });
      const tried = stuck + 1;
      this.#stuck.set(nodeId, tried);
      return tried % left.length === 0 ? ROOM.move.retryMs : Math.max(ROOM.move.stuckGapMs, gap);
    }
    return gap;
  }

  /** Somebody was sent far away a while ago: to a nearer place, where there is one by now. */
  async bringHome(participantId: string): Promise<void> {
    const away = this.#runtime.state.roster.joined(participantId);
    if (!away || away.moving_from !== null) return;
    try {
      await this.#moveNear(away, away.node_id, 'rebalance');
      if (this.#member(away).node_id !== away.node_id) await this.#tell(away, 'rebalance', undefined);
    } catch (error) {
      this.#runtime.log('info', 'somebody stays far away', { participant_id: participantId, error });
    }
  }

  /**
   * Whoever has lost their node goes where a place is prepared; whoever leaves one that works, only where that is in the
   * same region, and else to the best place.
   */
  async #move(caller: Caller, from: string, reason: MoveReason): Promise<void> {
    const toStandby = () => this.#runtime.transact((op) => moveToStandby(op, this.#member(caller), reason));
    if ((reason !== 'drain' || this.#isPreparedNear(caller, from)) && toStandby()) return;
    try {
      await this.#moveNear(caller, from, reason);
    } catch (error) {
      if (this.#member(caller).node_id !== from || !toStandby()) throw error;
    }
  }

  /** Whether their standby is in the region of the node they leave: then no place is better by more than chance. */
  #isPreparedNear(caller: Caller, from: string): boolean {
    const { standby_node_id } = this.#member(caller);
    if (standby_node_id === null) return false;
    const { mesh } = this.#runtime.state;
    return mesh.get(standby_node_id)?.node.region === mesh.get(from)?.node.region;
  }

  /**
   * A node that they could not reach lately is better than none, but no better than where they are: one that they have
   * left long ago may be back.
   */
  async #moveNear(caller: Caller, from: string, reason: MoveReason): Promise<void> {
    const [first = [], ...others] = searches(this.#member(caller), from, this.#runtime.now());
    const further = reason === 'rebalance' ? [] : others;
    for (let exclude = first; ; ) {
      try {
        await this.#moveWithout(caller, from, { reason, exclude });
        return;
      } catch (error) {
        const next = further.shift();
        if (next === undefined || !isNoCapacity(error)) throw error;
        exclude = next;
      }
    }
  }

  async #moveWithout(caller: Caller, from: string, { reason, exclude }: MoveWish): Promise<void> {
    const { location, round_trips } = this.#member(caller);
    const leaving = this.#runtime.state.mesh.all().filter(isLeaving);
    const wish = { reason, exclude: [...exclude, ...leaving.map(({ node }) => node.node_id)] };
    await this.#reserver.use(
      { location, round_trips, exclude: wish.exclude },
      (found) =>
        this.#runtime.transact((op) => {
          const mover = this.#member(caller);
          // Somebody else was quicker.
          return { node_id: mover.node_id === from ? startMove(op, mover, found, wish) : null };
        }),
      (found) => this.#runtime.transact((op) => nodeToMoveTo(op, this.#member(caller), found, wish)),
    );
  }

  async #tell(caller: Caller, reason: MoveReason, ref: Ref | undefined): Promise<void> {
    const places = await mediaPlaces(this.#runtime, caller);
    const { participant_id } = caller;
    this.#runtime.log('info', 'sent', { participant_id, node_id: places.sfu.node_id, reason });
    const move = { type: 'sfu_move', ref, reason, ...places } as const;
    this.#runtime.fanOut.reply(participant_id, encode<signaling.RoomToClient>(move));
  }

  /** What a client says of a node is evidence where its media was or was to be. */
  #accuse(member: Member, nodeId: string): void {
    if (![member.node_id, member.standby_node_id, member.moving_from].includes(nodeId)) return;
    const isNear = ({ location }: NodeDescription) =>
      member.location !== null && distanceKm(member.location, location) <= ROOM.evidence.nearKm;
    this.#evidence.report(nodeId, 'client_media_loss', { id: member.participant_id, isNear });
  }

  /** They could not reach it, whatever the fleet thinks of it: they are not sent there again for a while. */
  #avoid(caller: Caller, nodeId: string): Member {
    const member = this.#member(caller);
    const avoid = avoiding(member, nodeId, this.#runtime.now());
    return this.#runtime.state.roster.update(member, { avoid });
  }

  #member(caller: Caller): Member {
    const member = this.#runtime.state.roster.find(caller);
    if (!member) throw absence(this.#runtime.state, caller).error;
    return member;
  }
}

function isNoCapacity(error: unknown): boolean {
  return error instanceof MeridianError && error.code === 'no_capacity';
}

function isLeaving({ lost_at, draining_until }: MeshNode): boolean {
  return lost_at !== null || draining_until !== null;
}

/** By when everybody is to be away; long ago where nobody has to be. */
function deadlineOf({ lost_at, draining_until }: MeshNode): number {
  return lost_at === null ? (draining_until ?? 0) : lost_at + ROOM.move.lostMs;
}
