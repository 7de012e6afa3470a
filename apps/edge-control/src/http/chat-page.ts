import { type ChatList, type ChatMessage, MeridianError } from '@meridian/protocol';
import type { ApiEnv } from '../env.ts';
import { unwrap } from '../result.ts';
import { type ChatReader, chatBefore } from '../storage/chat.ts';
import type { Position } from '../storage/position.ts';
import type { Acting } from './acting.ts';
import { pageOf } from './cursor.ts';
import { callRoom } from './room-stub.ts';

/**
 * The messages before a position that the reader may see. The latest come from the room, which has them before
 * Postgres does, the rest from Postgres; most pages need one of the two. With Postgres down a reader still gets what
 * the room has.
 */
export async function chatPage(
  env: ApiEnv,
  acting: Acting,
  before: Position | null,
  limit: number,
): Promise<ChatList> {
  const live = (await liveChat(acting)).filter((message) => !before || isBefore(message, before));
  const merged = live.length > limit ? live : merge(live, await storedChat(env, acting, before, limit, live));
  const { items, next_cursor } = pageOf(newestFirst(merged), limit, positionOf);
  return { items: items.reverse(), next_cursor };
}

/** What the running room shows this actor; nothing when it does not run, or runs without them. */
async function liveChat({ room, actor }: Acting): Promise<ChatMessage[]> {
  const result = await callRoom(() => room.state(actor));
  if (!result.ok && NOT_THERE.has(result.error.code)) return [];
  return unwrap(result).chat;
}

const NOT_THERE: ReadonlySet<string> = new Set(['not_found', 'session_expired']);

async function storedChat(
  env: ApiEnv,
  acting: Acting,
  before: Position | null,
  limit: number,
  live: readonly ChatMessage[],
): Promise<ChatMessage[]> {
  try {
    return await chatBefore(env, acting.meetingId, readerOf(acting), before, limit + 1);
  } catch (error) {
    const down = error instanceof MeridianError && error.code === 'overloaded';
    if (down && live.length > 0) return [];
    throw error;
  }
}

function readerOf({ actor, userId }: Acting): ChatReader {
  return actor.kind === 'participant'
    ? { kind: 'participant', participantId: actor.caller.participant_id }
    : { kind: 'owner', userId };
}

function merge(live: readonly ChatMessage[], stored: readonly ChatMessage[]): ChatMessage[] {
  const byId = new Map([...stored, ...live].map((message) => [message.message_id, message]));
  return [...byId.values()];
}

/** In the order Postgres keeps: by time, and within a millisecond by id. */
function newestFirst(messages: readonly ChatMessage[]): ChatMessage[] {
  return messages.toSorted((a, b) => (isBefore(a, positionOf(b)) ? 1 : -1));
}

function isBefore(message: ChatMessage, { at, id }: Position): boolean {
  return message.sent_at < at || (message.sent_at === at && message.message_id < id);
}

function positionOf({ sent_at, message_id }: ChatMessage): Position {
  return { at: sent_at, id: message_id };
}
