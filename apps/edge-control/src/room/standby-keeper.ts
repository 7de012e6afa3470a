import { encode, MeridianError, type Ref, type signaling } from '@meridian/protocol';
import { inParallel } from '../in-parallel.ts';
import { avoided } from './avoidance.ts';
import { ROOM } from './config.ts';
import { mediaPlaces } from './media-access.ts';
import type { Reserver } from './reserver.ts';
import type { Member } from './roster.ts';
import type { Runtime } from './runtime.ts';
import { lackingStandby, offerStandby, type Reach, settleAll } from './standby.ts';

/**
 * Sees to it that everybody has the standby they are to have: asks the fleet where the meeting's own nodes would not
 * do, and tells those concerned. Nobody's join waits for it.
 */
export class StandbyKeeper {
  readonly #runtime: Runtime;
  readonly #reserver: Reserver;
  #search: Promise<void> | null = null;
  #soughtAgain = false;
  #failures = 0;
  /** After a failure the fleet is left alone for a while, whoever comes. */
  #notBefore = 0;

  constructor(runtime: Runtime, reserver: Reserver) {
    this.#runtime = runtime;
    this.#reserver = reserver;
    runtime.onStandbySought = () => runtime.ctx.waitUntil(this.seek());
    runtime.onStandbysChanged = (toTell) => runtime.ctx.waitUntil(this.#tell([...toTell]));
  }

  /** One search at a time, however many are without one. Never rejects. */
  async seek(): Promise<void> {
    if (this.#runtime.now() < this.#notBefore) return;
    this.#soughtAgain = true;
    // What is sought while it runs must find it running.
    this.#search ??= Promise.resolve().then(() => this.#searchAll());
    await this.#search;
  }

  async #searchAll(): Promise<void> {
    try {
      while (this.#soughtAgain) {
        this.#soughtAgain = false;
        await this.#searchOnce();
      }
      this.#failures = 0;
      if (this.#runtime.state.session.active)
        this.#runtime.transact((op) => op.state.timers.clear('standby'));
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#search = null;
    }
  }

  /** Asks for one node for one of those without; it may suit others as well. */
  async #searchOnce(): Promise<void> {
    const next = this.#settleAll('near');
    const primary = next && this.#runtime.state.mesh.get(next.node_id)?.node;
    if (!primary) return;
    const known = this.#runtime.state.mesh.all().map(({ node }) => node.node_id);
    const wish = {
      location: next.location ?? primary.location,
      round_trips: next.round_trips,
      exclude: [...known, ...avoided(next, this.#runtime.now())],
      primary_region: primary.region,
      failure_domains_to_avoid: [primary.failure_domain],
      purpose: 'standby' as const,
    };
    const { node_id } = await this.#reserver.use(wish, ({ reservation, candidates }) =>
      this.#runtime.transact((op) => {
        const suits = offerStandby(op, reservation, candidates);
        op.standbyBeingSought();
        return { node_id: suits ? reservation.node.node_id : null };
      }),
    );
    if (node_id === null) throw new MeridianError('no_capacity', 'the node suits nobody');
    this.#soughtAgain ||= lackingStandby(this.#runtime).length > 0;
  }

  /** Gives them nodes of the meeting; one of those for whom there is none. */
  #settleAll(reach: Reach): Member | undefined {
    if (!this.#runtime.state.session.active || lackingStandby(this.#runtime).length === 0) return undefined;
    return this.#runtime.transact((op) => {
      settleAll(op, reach);
      op.standbyBeingSought();
      return lackingStandby(op)[0];
    });
  }

  #failed(error: unknown): void {
    if (!this.#runtime.state.session.active) return;
    const expected = error instanceof MeridianError && error.code === 'no_capacity';
    this.#runtime.log(expected ? 'info' : 'warn', 'no standby was found', expected ? {} : { error });
    const wait = ROOM.standby.retryMs * 2 ** Math.min(this.#failures, ROOM.standby.maxRetries);
    this.#notBefore = this.#runtime.now() + ROOM.standby.retryMs;
    this.#failures += 1;
    try {
      // One far away is better than none.
      const left = this.#settleAll('far');
      this.#runtime.transact(({ state: { timers }, now }) => {
        if (left && this.#failures <= ROOM.standby.maxRetries) timers.set('standby', now + wait);
        else timers.clear('standby');
      });
    } catch (failure) {
      this.#runtime.log('error', 'standbys could not be given', { error: failure });
    }
  }

  /** Never rejects. */
  #tell(toTell: [string, Ref | undefined][]): Promise<void> {
    return inParallel(toTell, ROOM.standby.parallel, ([id, ref]) => this.#tellOne(id, ref));
  }

  async #tellOne(participantId: string, ref: Ref | undefined): Promise<void> {
    const member = this.#runtime.state.roster.joined(participantId);
    // Gone meanwhile, and told so.
    if (!member) return;
    try {
      const { standby, failover } = await mediaPlaces(this.#runtime, member);
      const frame = encode<signaling.RoomToClient>({ type: 'standby', ref, standby, failover });
      this.#runtime.fanOut.reply(participantId, frame);
    } catch (error) {
      this.#runtime.log('warn', 'a standby could not be told', { participant_id: participantId, error });
    }
  }
}
