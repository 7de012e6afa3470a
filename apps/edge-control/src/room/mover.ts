import { encode, type Ref, type signaling } from '@meridian/protocol';
import type { Candidates } from './admission.ts';
import { ROOM } from './config.ts';
import type { Caller } from './contract.ts';
import { absence, mediaPlaces } from './media-access.ts';
import { drainGap, type MoveReason, startMove } from './moves.ts';
import type { Reserver } from './reserver.ts';
import type { Member } from './roster.ts';
import type { Runtime } from './runtime.ts';

/** Gives participants another node, make before break. */
export class Mover {
  readonly #runtime: Runtime;
  readonly #reserver: Reserver;
  readonly #candidates: Candidates;

  constructor(runtime: Runtime, reserver: Reserver, candidates: Candidates) {
    this.#runtime = runtime;
    this.#reserver = reserver;
    this.#candidates = candidates;
  }

  /** A participant says that a node does not work. Whoever has been sent elsewhere meanwhile is told where. */
  async request(caller: Caller, nodeId: string, reason: MoveReason, ref: Ref | undefined): Promise<void> {
    if (this.#member(caller).node_id === nodeId) await this.#move(caller, nodeId);
    await this.#tell(caller, reason, ref);
  }

  /** Moves one participant off a draining node. Says how long to wait with the next; null when there is none. */
  async drainOne(nodeId: string): Promise<number | null> {
    const { state } = this.#runtime;
    const until = state.mesh.get(nodeId)?.draining_until ?? null;
    const left = state.roster.all().filter((member) => member.node_id === nodeId);
    const [next] = left;
    const remaining = (until ?? 0) - this.#runtime.now();
    if (!state.session.active || until === null || !next || remaining <= 0) return null;
    try {
      await this.#move(next, nodeId);
      if (state.roster.find(next)?.stage === 'joined') await this.#tell(next, 'drain', undefined);
    } catch (error) {
      this.#runtime.log('warn', 'a participant could not be moved', {
        participant_id: next.participant_id,
        node_id: nodeId,
        error,
      });
      return ROOM.move.retryMs;
    }
    return drainGap(left.length, remaining);
  }

  async #move(caller: Caller, from: string): Promise<void> {
    const { location } = this.#member(caller);
    await this.#reserver.use(location, [from], (reservation) =>
      this.#runtime.transact((op) => {
        const member = op.state.roster.find(caller);
        if (!member) throw absence(op.state, caller).error;
        // Somebody else was quicker.
        if (member.node_id !== from) return { keepReservation: false };
        const choice = startMove(op, member, reservation, this.#candidates);
        this.#runtime.log('info', 'moved', {
          participant_id: member.participant_id,
          node_id: choice.node.node_id,
          from,
          placement: choice.reason,
        });
        return choice;
      }),
    );
  }

  async #tell(caller: Caller, reason: MoveReason, ref: Ref | undefined): Promise<void> {
    const places = await mediaPlaces(this.#runtime, caller);
    const move = { type: 'sfu_move', ref, reason, ...places } as const;
    this.#runtime.fanOut.reply(caller.participant_id, encode<signaling.RoomToClient>(move));
  }

  #member(caller: Caller): Member {
    const member = this.#runtime.state.roster.find(caller);
    if (!member) throw absence(this.#runtime.state, caller).error;
    return member;
  }
}
