import {
  type ChatMessage,
  encode,
  MeridianError,
  type SendChatRequest,
  type signaling,
} from '@meridian/protocol';
import { authorize } from './actor.ts';
import { ROOM } from './config.ts';
import type { Answer, Operation } from './operation.ts';
import type { Member } from './roster.ts';

/**
 * A chat message: acknowledged by the sender's own copy of it, once it is durable here. The same client id again
 * is answered with the same message.
 */
export function sendChat(
  op: Operation,
  sender: Member,
  request: SendChatRequest,
  answer?: Answer,
): ChatMessage {
  const { state } = op;
  const { client_id, recipient_id, text } = request;
  const before = state.chat.sent(sender.participant_id, client_id);
  if (before) {
    // An event the client has already: its place in the order is in the past, so `prev` says nothing new.
    const { seq, message } = before;
    const event = { type: 'chat_broadcast', seq, prev: seq - 1, message, client_id } as const;
    if (answer)
      op.reply(sender.participant_id, encode<signaling.OrderedEvent>({ ...event, ref: answer.ref }));
    return message;
  }
  const recipient = recipient_id === undefined ? undefined : state.roster.joined(recipient_id);
  if (recipient_id !== undefined && !recipient) {
    throw new MeridianError('unknown_participant', 'the recipient is not in the meeting');
  }
  if (recipient_id === sender.participant_id) {
    throw new MeridianError('unprocessable', 'a private message needs somebody else');
  }
  authorize(op, sender, { kind: 'chat', to: recipient?.role ?? 'everybody' });
  if (state.outbox.backlog(op.session.meeting_session_id) >= ROOM.outbox.maxRows) {
    throw new MeridianError('overloaded', 'messages cannot be kept at the moment', {
      retryAfterMs: ROOM.outbox.resendMaxMs,
    });
  }
  const message: ChatMessage = {
    message_id: op.newId(),
    sender_id: sender.participant_id,
    sender_name: sender.display_name,
    text,
    ...(recipient_id === undefined ? {} : { recipient_id }),
    sent_at: op.now,
  };
  const seq = op.emit(
    { type: 'chat_broadcast', message },
    {
      sender_id: sender.participant_id,
      client_id,
      ...(recipient ? { audience: [sender.participant_id, recipient.participant_id] } : {}),
      ...(answer ? { answer } : {}),
    },
  );
  state.chat.add(seq, message, client_id);
  op.record({
    kind: 'chat',
    message_id: message.message_id,
    sender_id: message.sender_id,
    sender_name: message.sender_name,
    recipient_id: recipient_id ?? null,
    text,
    sent_at: message.sent_at,
  });
  return message;
}
