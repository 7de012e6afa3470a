import { encode, MeridianError, type signaling } from '@meridian/protocol';
import { type Actor, authorize } from './actor.ts';
import { sendChat } from './chat.ts';
import type { RoomCommand } from './contract.ts';
import { depart } from './departure.ts';
import { deny } from './door.ts';
import { endSession } from './lifecycle.ts';
import { raiseHand, react, rename } from './manners.ts';
import { endScreenShare, startScreenShare, toggleOwn } from './media-commands.ts';
import { lock, updateSettings } from './meeting-settings.ts';
import { muteAll, muteOther, remove, requestUnmute, stopShareOf } from './moderation.ts';
import type { Answer, Operation } from './operation.ts';
import { setRole } from './roles.ts';
import type { Member } from './roster.ts';

/** What takes more than one transaction: others are asked in between. */
type Errand = 'admit' | 'admit_all' | 'claim_host' | 'request_node' | 'activated' | 'request_media_token';

type WithoutVersion<M> = M extends { v: unknown } ? Omit<M, 'v'> : never;

/** What somebody in the roster can ask for that is done within one transaction. */
export type Command = Exclude<
  WithoutVersion<signaling.ClientToRoom>,
  { type: 'join' | 'resume' | 'ping' | Errand }
>;

/** What can also be asked for over REST. */
export type Order = Exclude<RoomCommand, { type: Errand }>;

export function perform(op: Operation, member: Member, command: Command): void {
  const { ref } = command;
  const { participant_id } = member;
  const answer = { participant_id, ref };
  switch (command.type) {
    case 'leave':
      depart(op, member, 'left', { frame: encode<signaling.RoomToClient>({ type: 'left', ref }) });
      return;
    case 'mute':
      if (command.target_user === undefined || command.target_user === participant_id) {
        toggleOwn(op, member, command.media, false, answer);
        return;
      }
      order(op, member, command, answer);
      return;
    case 'unmute':
      toggleOwn(op, member, command.media, true, answer);
      return;
    case 'video_toggle':
      toggleOwn(op, member, 'video', command.enabled, answer);
      return;
    case 'screen_share_start':
      startScreenShare(op, member, command.stream_id, answer);
      return;
    case 'screen_share_stop':
      if (command.target_user === undefined || command.target_user === participant_id) {
        endScreenShare(op, member, answer);
        return;
      }
      order(op, member, command, answer);
      return;
    case 'chat':
      sendChat(op, member, command, answer);
      return;
    case 'raise_hand':
      raiseHand(op, member, command, answer);
      return;
    case 'reaction':
      react(op, member, command.reaction, answer);
      return;
    case 'rename':
      rename(op, member, command, answer);
      return;
    case 'request_unmute':
      requestUnmute(op, member, command.target_user, answer);
      return;
    default:
      order(op, member, command, answer);
  }
}

/** Decided by the actor's role alone. Over REST there is no `answer`, and perhaps no participant. */
export function order(op: Operation, actor: Actor, command: Order, answer?: Answer): void {
  switch (command.type) {
    case 'mute':
      muteOther(op, actor, { media: command.media, target_user: named(command.target_user) }, answer);
      return;
    case 'screen_share_stop':
      stopShareOf(op, actor, named(command.target_user), answer);
      return;
    case 'mute_all':
      muteAll(op, actor, answer);
      return;
    case 'lock':
      lock(op, actor, command.locked, answer);
      return;
    case 'deny':
      deny(op, actor, command.target_user, answer);
      return;
    case 'remove':
      remove(op, actor, command.target_user, answer);
      return;
    case 'set_role':
      setRole(op, actor, command, answer);
      return;
    case 'update_settings':
      updateSettings(op, actor, command.settings, answer);
      return;
    case 'end':
      authorize(op, actor, { kind: 'end' });
      endSession(op, actor.participant_id, { byHost: true, ...(answer ? { answer } : {}) });
  }
}

/** Only somebody in the roster can leave the target out, and then means themselves. */
function named(target: string | undefined): string {
  if (target === undefined) throw new MeridianError('unprocessable', 'target_user is missing');
  return target;
}
