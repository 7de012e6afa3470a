import { type signaling, streamId } from '@meridian/protocol';
import type { ServerSocket } from './fake-network.ts';
import { type FakeRoom, id, type Person } from './fake-room.ts';

/** What somebody at the table asks for. Nobody is refused for lack of a role: that is the real room's business. */
export function carryOut(
  room: FakeRoom,
  by: Person,
  socket: ServerSocket,
  command: signaling.ClientToRoom,
): void {
  const self = by.participant.participant_id;
  const { ref } = command;
  const done = () => socket.send({ type: 'done', ref });
  switch (command.type) {
    case 'mute':
    case 'unmute': {
      const target = command.type === 'mute' ? (command.target_user ?? self) : self;
      room.setMedia(target, { [command.media]: command.type === 'unmute' }, self, ref);
      break;
    }
    case 'video_toggle':
      room.setMedia(self, { video: command.enabled }, self, ref);
      break;
    case 'screen_share_start':
      room.share = { participant_id: self, stream_id: streamId(self, 'screen') };
      room.broadcast({ type: 'screen_share_started', screen_share: room.share }, self, { ref });
      break;
    case 'screen_share_stop':
      room.share = null;
      room.broadcast({ type: 'screen_share_stopped', participant_id: command.target_user ?? self }, self, {
        ref,
      });
      break;
    case 'chat':
      addChat(room, by, command);
      break;
    case 'raise_hand': {
      const target = command.target_user ?? self;
      const raisedAt = command.raised ? 5_000 : null;
      room.person(target).participant.hand_raised_at = raisedAt;
      room.broadcast({ type: 'raise_hand', participant_id: target, raised_at: raisedAt, by: self }, self, {
        ref,
      });
      break;
    }
    case 'reaction':
      for (const person of room.people.values()) {
        const own = person === by ? { ref } : {};
        person.socket?.send({ type: 'reaction', participant_id: self, reaction: command.reaction, ...own });
      }
      break;
    case 'rename':
      room.update(command.target_user ?? self, { display_name: command.display_name }, self, ref);
      break;
    case 'set_role':
      room.update(command.target_user, { role: command.role }, self, ref);
      break;
    case 'claim_host':
      if (command.host_key === room.hostKey) room.update(self, { role: 'host' }, self, ref);
      else socket.send({ type: 'error', ref, code: 'wrong_host_key', message: 'refused by the test' });
      break;
    case 'request_unmute':
      room.broadcast({ type: 'unmute_requested', by: self }, '', { to: command.target_user });
      done();
      break;
    case 'mute_all':
      for (const [target, { participant }] of room.people) {
        if (target !== self && participant.media.audio) room.setMedia(target, { audio: false }, self);
      }
      done();
      break;
    case 'admit':
      leaveDoor(room, [command.target_user], self, ref);
      room.letIn(command.target_user);
      break;
    case 'admit_all': {
      const all = [...room.people].filter(([, person]) => person.place === 'door').map(([person]) => person);
      leaveDoor(room, all, self, ref);
      for (const person of all) room.letIn(person);
      break;
    }
    case 'deny':
      leaveDoor(room, [command.target_user], self, ref);
      room.person(command.target_user).socket?.close(4406);
      break;
    case 'lock':
      room.locked = command.locked;
      tellSettings(room, self, ref);
      break;
    case 'update_settings':
      room.settings = { ...room.settings, ...definedOf(command.settings) };
      tellSettings(room, self, ref);
      break;
    case 'request_node':
      if (room.nextNode) {
        room.nodeId = room.nextNode.id;
        room.mediaUrl = room.nextNode.url;
        socket.send({ type: 'sfu_move', ref, reason: 'unreachable', ...room.places() });
      } else {
        socket.send({ type: 'error', ref, code: 'no_capacity', message: 'refused by the test' });
      }
      break;
    case 'activated':
      if (room.standby?.id === command.node_id) {
        room.nodeId = room.standby.id;
        room.mediaUrl = room.standby.url;
        room.nameStandby(room.nextStandby, ref);
      } else socket.send({ type: 'sfu_move', ref, reason: 'lost', ...room.places() });
      break;
    case 'request_media_token':
      room.tokens += 1;
      socket.send({ type: 'media_token', ref, media_token: `token-${room.tokens}` });
      break;
    case 'remove':
      room.broadcast(
        { type: 'participant_left', participant_id: command.target_user, reason: 'removed' },
        self,
        {
          ref,
        },
      );
      break;
    case 'end':
      room.broadcast({ type: 'meeting_ended', by: self }, self, { ref });
      for (const other of room.people.values()) other.socket?.close(4410);
      break;
  }
}

function leaveDoor(
  room: FakeRoom,
  removed: string[],
  self: string,
  ref: signaling.ClientToRoom['ref'],
): void {
  room.broadcast({ type: 'waiting_room', added: [], removed }, self, { ref, to: self });
}

function tellSettings(room: FakeRoom, self: string, ref: signaling.ClientToRoom['ref']): void {
  const { locked, settings } = room;
  room.broadcast({ type: 'meeting_updated', locked, settings, by: self }, self, { ref });
}

function definedOf<T extends object>(patch: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return JSON.parse(JSON.stringify(patch));
}

function addChat(room: FakeRoom, by: Person, message: signaling.ClientToRoom & { type: 'chat' }): void {
  const sender = by.participant.participant_id;
  const known = by.log.find((e) => e.type === 'chat_broadcast' && e.client_id === message.client_id);
  if (known) {
    // Told again as it was, to the sender only.
    by.socket?.send(known);
    return;
  }
  const entry = {
    message_id: id(0x10000 + room.chat.length),
    sender_id: sender,
    sender_name: by.participant.display_name,
    text: message.text,
    sent_at: room.chat.length,
    ...(message.recipient_id === undefined ? {} : { recipient_id: message.recipient_id }),
  };
  room.chat.push(entry);
  room.broadcast({ type: 'chat_broadcast', message: entry }, sender, {
    ref: message.ref,
    client_id: message.client_id,
  });
}
