import { encode, MeridianError, type signaling } from '@meridian/protocol';
import { sendChat } from './chat.ts';
import { endSession } from './lifecycle.ts';
import { endScreenShare, muteOther, startScreenShare, toggleOwn } from './media-commands.ts';
import type { Operation } from './operation.ts';
import { may } from './permissions.ts';
import { depart } from './presence.ts';
import type { Member } from './roster.ts';

/** What somebody in the roster can ask for that is done within one transaction. */
export type Command = Exclude<
  signaling.ClientToRoom,
  { type: 'join' | 'resume' | 'ping' | 'request_media_token' }
>;

export function perform(op: Operation, member: Member, command: Command): void {
  const { ref } = command;
  const answer = { participant_id: member.participant_id, ref };
  switch (command.type) {
    case 'leave':
      depart(op, member, 'left', { frame: encode<signaling.RoomToClient>({ type: 'left', ref }) });
      return;
    case 'mute':
      if (command.target_user === undefined || command.target_user === member.participant_id) {
        toggleOwn(op, member, command.media, false, answer);
        return;
      }
      muteOther(op, member, command.target_user, command.media, answer);
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
      endScreenShare(op, member, answer);
      return;
    case 'chat':
      sendChat(op, member, command);
      return;
    case 'remove':
      remove(op, member, command);
      return;
    case 'end':
      if (!may(member.role, { kind: 'end' }, op.session.meeting.settings)) {
        throw new MeridianError('forbidden', 'only a host may end the meeting');
      }
      endSession(op, member, { byHost: true, answer });
      return;
  }
}

function remove(op: Operation, by: Member, command: Extract<Command, { type: 'remove' }>): void {
  const target = op.state.roster.joined(command.target_user);
  if (!target) throw new MeridianError('unknown_participant', 'nobody of that id is in the meeting');
  if (target.participant_id === by.participant_id) {
    throw new MeridianError('unprocessable', 'leave instead');
  }
  if (!may(by.role, { kind: 'remove', target: target.role }, op.session.meeting.settings)) {
    throw new MeridianError('forbidden', 'you may not remove this participant');
  }
  depart(op, target, 'removed', { answer: { participant_id: by.participant_id, ref: command.ref } });
}
