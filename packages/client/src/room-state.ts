import {
  type ChatMessage,
  MeetingSettings,
  type MeetingState,
  type Participant,
  type ScreenShare,
  type signaling,
  type WaitingParticipant,
} from '@meridian/protocol';
import { CHAT_HISTORY_LIMIT } from './config.ts';

/** What the room has told so far. Immutable; parts that did not change are shared between versions. */
export type RoomState = {
  readonly meetingId: string;
  readonly code: string;
  readonly title: string;
  readonly settings: MeetingSettings;
  readonly locked: boolean;
  readonly startedAt: number;
  /** By time of joining. */
  readonly participants: readonly Participant[];
  /** In the room's order, oldest first. */
  readonly chat: readonly ChatMessage[];
  readonly screenShare: ScreenShare | null;
  /** First come, first. */
  readonly waiting: readonly WaitingParticipant[];
};

/** All that somebody at the door knows: what the meeting is called, and who they are. */
export function atTheDoor(title: string, self: Participant): RoomState {
  return {
    meetingId: '',
    code: '',
    title,
    settings: MeetingSettings.parse({}),
    locked: false,
    startedAt: 0,
    participants: [self],
    chat: [],
    screenShare: null,
    waiting: [],
  };
}

/** The room's whole state, with the chat that was already shown kept: the room sends only its latest part. */
export function fromState(state: MeetingState, before: RoomState | null): RoomState {
  return {
    meetingId: state.meeting_id,
    code: state.code,
    title: state.title,
    settings: state.settings,
    locked: state.locked,
    startedAt: state.started_at,
    participants: state.participants.toSorted(byJoining),
    chat: mergeChat(before?.chat ?? [], state.chat),
    screenShare: state.screen_share,
    waiting: state.waiting.toSorted(byWaiting),
  };
}

/** The state after one more event. The same object when the event changes nothing. */
export function applyEvent(state: RoomState, event: signaling.OrderedEvent): RoomState {
  switch (event.type) {
    case 'participant_joined':
    case 'participant_updated':
      return { ...state, participants: upsert(state.participants, event.participant) };
    case 'participant_left': {
      const { participant_id } = event;
      return {
        ...state,
        participants: state.participants.filter((p) => p.participant_id !== participant_id),
        screenShare: withoutShareOf(state.screenShare, participant_id),
      };
    }
    case 'media_state':
      return patch(state, event.participant_id, (p) => ({ ...p, media: event.media }));
    case 'chat_broadcast':
      return addChat(state, event.message);
    case 'screen_share_started': {
      const shared = patch(state, event.screen_share.participant_id, (p) => withScreen(p, true));
      return { ...shared, screenShare: event.screen_share };
    }
    case 'screen_share_stopped': {
      const stopped = patch(state, event.participant_id, (p) => withScreen(p, false));
      return { ...stopped, screenShare: withoutShareOf(state.screenShare, event.participant_id) };
    }
    case 'raise_hand':
      return patch(state, event.participant_id, (p) => ({ ...p, hand_raised_at: event.raised_at }));
    case 'meeting_updated':
      return { ...state, locked: event.locked, settings: event.settings };
    case 'waiting_room':
      return { ...state, waiting: waitingAfter(state.waiting, event) };
    case 'unmute_requested':
    case 'meeting_ended':
      return state;
  }
}

/** Adds a message that is not there yet. */
export function addChat(state: RoomState, message: ChatMessage): RoomState {
  // From the end: what is repeated is recent.
  const known = state.chat.findLastIndex((entry) => entry.message_id === message.message_id) !== -1;
  if (known) return state;
  return { ...state, chat: [...state.chat, message].slice(-CHAT_HISTORY_LIMIT) };
}

function byJoining(a: Participant, b: Participant): number {
  return a.joined_at - b.joined_at || (a.participant_id < b.participant_id ? -1 : 1);
}

function byWaiting(a: WaitingParticipant, b: WaitingParticipant): number {
  return a.since - b.since || (a.participant_id < b.participant_id ? -1 : 1);
}

function waitingAfter(
  before: readonly WaitingParticipant[],
  { added, removed }: signaling.OrderedEvent & { type: 'waiting_room' },
): readonly WaitingParticipant[] {
  const gone = new Set([...removed, ...added.map((person) => person.participant_id)]);
  return [...before.filter((person) => !gone.has(person.participant_id)), ...added].sort(byWaiting);
}

function upsert(participants: readonly Participant[], changed: Participant): readonly Participant[] {
  const others = participants.filter((p) => p.participant_id !== changed.participant_id);
  return [...others, changed].sort(byJoining);
}

function patch(state: RoomState, id: string, change: (p: Participant) => Participant): RoomState {
  const index = state.participants.findIndex((p) => p.participant_id === id);
  const participant = state.participants[index];
  return participant
    ? { ...state, participants: state.participants.with(index, change(participant)) }
    : state;
}

function withScreen(participant: Participant, screen: boolean): Participant {
  return { ...participant, media: { ...participant.media, screen } };
}

function withoutShareOf(share: ScreenShare | null, participantId: string): ScreenShare | null {
  return share?.participant_id === participantId ? null : share;
}

function mergeChat(shown: readonly ChatMessage[], latest: readonly ChatMessage[]): readonly ChatMessage[] {
  const fresh = new Set(latest.map((message) => message.message_id));
  const kept = shown.filter((message) => !fresh.has(message.message_id));
  // Stable: messages of one millisecond stay in the order the room gave them.
  return [...kept, ...latest].sort((a, b) => a.sent_at - b.sent_at).slice(-CHAT_HISTORY_LIMIT);
}
