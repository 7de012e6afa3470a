import { encode, MeridianError, type signaling } from '@meridian/protocol';
import { type Actor, OWNER } from './actor.ts';
import type { Admitter } from './admitter.ts';
import { type Command, order, perform } from './commands.ts';
import { Conduct } from './conduct.ts';
import { ROOM } from './config.ts';
import type { Caller, RoomActor, RoomCommand } from './contract.ts';
import { claimHost } from './host-key.ts';
import { absence, mediaToken } from './media-access.ts';
import type { Mover } from './mover.ts';
import { doneFrame, type Operation } from './operation.ts';
import type { Member } from './roster.ts';
import type { Runtime } from './runtime.ts';

type Request = Exclude<signaling.ClientToRoom, { type: 'join' | 'resume' | 'ping' }>;

/** What people in the meeting ask for, over signaling or over REST. */
export class Requests {
  readonly #runtime: Runtime;
  readonly #admitter: Admitter;
  readonly #mover: Mover;
  readonly #moveConduct = new Conduct(ROOM.move.rate);
  readonly #reactionConduct = new Conduct(ROOM.reactionRate);

  constructor(runtime: Runtime, admitter: Admitter, mover: Mover) {
    this.#runtime = runtime;
    this.#admitter = admitter;
    this.#mover = mover;
  }

  /**
   * Carries out what came over a socket. Where others have to be asked, the socket's next message does not wait
   * for them: `failed` hears what goes wrong then.
   */
  async handle(caller: Caller, request: Request, failed: (error: unknown) => void): Promise<void> {
    const aside = (work: Promise<void>) => this.#runtime.ctx.waitUntil(work.catch(failed));
    switch (request.type) {
      case 'request_media_token': {
        const media_token = await mediaToken(this.#runtime, caller);
        const frame = encode<signaling.RoomToClient>({ type: 'media_token', ref: request.ref, media_token });
        this.#runtime.fanOut.reply(caller.participant_id, frame);
        return;
      }
      case 'claim_host':
        return claimHost(this.#runtime, caller, request.host_key, request.ref);
      case 'request_node':
        limit(this.#moveConduct, caller, this.#runtime.now());
        return aside(this.#mover.request(caller, request));
      case 'activated':
        limit(this.#moveConduct, caller, this.#runtime.now());
        return aside(this.#mover.activated(caller, request));
      case 'admit':
        return aside(this.#admit(caller, request.target_user, request.ref));
      case 'admit_all':
        return aside(this.#admit(caller, 'all', request.ref));
      default:
        if (request.type === 'reaction') limit(this.#reactionConduct, caller, this.#runtime.now());
        this.#runtime.transact((op) => perform(op, memberOf(op, caller), request));
        if (!isOwnAffair(request)) {
          this.#runtime.log('info', request.type, { participant_id: caller.participant_id });
        }
    }
  }

  /** Carries out what came over REST. */
  async command(actor: RoomActor, command: RoomCommand, traceId?: string): Promise<void> {
    if (command.type === 'admit' || command.type === 'admit_all') {
      const target = command.type === 'admit' ? command.target_user : 'all';
      await this.#admitter.request((op) => actorOf(op, actor), target);
    } else if (actor.kind === 'owner') {
      this.#runtime.transact((op) => order(op, OWNER, command));
    } else {
      this.#runtime.transact((op) => perform(op, memberOf(op, actor.caller), command));
    }
    this.#runtime.log('info', command.type, {
      ...(traceId === undefined ? {} : { trace_id: traceId }),
      by: actor.kind === 'owner' ? 'owner' : actor.caller.participant_id,
    });
  }

  async #admit(caller: Caller, target: string, ref: Request['ref']): Promise<void> {
    await this.#admitter.request((op) => memberOf(op, caller), target);
    if (ref !== undefined) this.#runtime.fanOut.reply(caller.participant_id, doneFrame(ref));
  }
}

/** Whoever acts over REST, with the role they have now. */
export function actorOf(op: Pick<Operation, 'state'>, actor: RoomActor): Actor {
  return actor.kind === 'owner' ? OWNER : memberOf(op, actor.caller);
}

/** The caller as others see them. Refuses who is not there, with the reason. */
export function memberOf({ state }: Pick<Operation, 'state'>, caller: Caller): Member {
  const member = state.roster.find(caller);
  if (!member || !state.session.active) throw absence(state, caller).error;
  if (member.stage !== 'joined') throw new MeridianError('not_joined', 'join first');
  return member;
}

function limit(conduct: Conduct, { participant_id }: Caller, now: number): void {
  const verdict = conduct.admit(participant_id, now);
  if (verdict.allowed) return;
  throw new MeridianError('rate_limited', 'slower', { retryAfterMs: verdict.retryAfterMs });
}

/** What people do all the time and only for themselves: a line for each would be most of the log, and of its cost. */
function isOwnAffair(command: Command): boolean {
  switch (command.type) {
    case 'mute':
    case 'raise_hand':
      return command.target_user === undefined;
    case 'chat':
    case 'unmute':
    case 'video_toggle':
    case 'reaction':
      return true;
    default:
      return false;
  }
}
