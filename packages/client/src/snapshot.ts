import type { MediaState, Participant } from '@meridian/protocol';
import { type Capabilities, capabilitiesOf, NO_CAPABILITIES } from './capabilities.ts';
import type { OutgoingChat } from './chat-outbox.ts';
import type { RoomState } from './room-state.ts';
import type { ChatEntry, MeetingSnapshot, MeetingStatus, ParticipantView, WaitingView } from './types.ts';

export type SnapshotParts = {
  status: MeetingStatus;
  room: RoomState;
  selfId: string;
  /** What is really sent, which is ahead of what the room knows. */
  selfMedia: MediaState;
  streamsOf: (participantId: string) => ParticipantView['streams'];
  outgoing: readonly OutgoingChat[];
  region: string;
  activeSpeakerId: string | null;
};

/** The picture made of its parts, sharing with `before` whatever is the same. Pure. */
export function buildSnapshot(parts: SnapshotParts, before: MeetingSnapshot | null): MeetingSnapshot {
  const { room, selfId } = parts;
  const known = new Map(before?.participants.map((view) => [view.id, view]));
  const participants = share(
    room.participants.map((participant) => {
      const isSelf = participant.participant_id === selfId;
      const media = isSelf ? parts.selfMedia : participant.media;
      return shareView(
        view(participant, media, isSelf, parts.streamsOf(participant.participant_id)),
        known.get(participant.participant_id),
      );
    }),
    before?.participants,
  );
  const self = participants.find((p) => p.isSelf) ?? before?.self ?? absentSelf(parts);
  const { screenShare } = room;
  return {
    status: parts.status,
    meetingId: room.meetingId,
    code: room.code,
    title: room.title,
    settings: room.settings,
    locked: room.locked,
    startedAt: room.startedAt,
    capabilities: capabilities(parts, self, before),
    self,
    participants,
    waiting: waiting(room, before?.waiting),
    activeSpeakerId: participants.some((p) => p.id === parts.activeSpeakerId) ? parts.activeSpeakerId : null,
    chat: chat(parts, self.displayName, before?.chat),
    screenShare:
      before?.screenShare?.streamId === screenShare?.stream_id && before
        ? before.screenShare
        : screenShare && { participantId: screenShare.participant_id, streamId: screenShare.stream_id },
    region: parts.region,
  };
}

function capabilities(
  { status, room }: SnapshotParts,
  self: ParticipantView,
  before: MeetingSnapshot | null,
): Capabilities {
  if (status.status === 'joining' || status.status === 'waiting' || status.status === 'ended') {
    return NO_CAPABILITIES;
  }
  const known = before?.capabilities;
  const same = before?.self.role === self.role && before.settings === room.settings;
  return same && known && known !== NO_CAPABILITIES ? known : capabilitiesOf(self.role, room.settings);
}

const waitingViews = new WeakMap<RoomState['waiting'][number], WaitingView>();

function waiting(room: RoomState, before: readonly WaitingView[] | undefined): readonly WaitingView[] {
  const views = room.waiting.map((person) => {
    const { participant_id: id, display_name: displayName, guest, since } = person;
    const known = waitingViews.get(person) ?? { id, displayName, guest, since };
    waitingViews.set(person, known);
    return known;
  });
  return share(views, before);
}

function view(
  participant: Participant,
  media: MediaState,
  isSelf: boolean,
  streams: ParticipantView['streams'],
): ParticipantView {
  return {
    id: participant.participant_id,
    displayName: participant.display_name,
    role: participant.role,
    isSelf,
    guest: participant.guest,
    handRaisedAt: participant.hand_raised_at,
    connection: participant.connection,
    audio: media.audio,
    video: media.video,
    screen: media.screen,
    joinedAt: participant.joined_at,
    streams,
  };
}

/** Only while the room has removed oneself from its list and the end of the meeting has not been noticed yet. */
function absentSelf({ selfId, selfMedia, room }: SnapshotParts): ParticipantView {
  return {
    id: selfId,
    displayName: '',
    role: 'participant',
    isSelf: true,
    guest: false,
    handRaisedAt: null,
    connection: 'connected',
    ...selfMedia,
    joinedAt: room.startedAt,
    streams: {},
  };
}

function shareView(fresh: ParticipantView, before: ParticipantView | undefined): ParticipantView {
  if (!before) return fresh;
  const same =
    before.displayName === fresh.displayName &&
    before.role === fresh.role &&
    before.guest === fresh.guest &&
    before.handRaisedAt === fresh.handRaisedAt &&
    before.connection === fresh.connection &&
    before.audio === fresh.audio &&
    before.video === fresh.video &&
    before.screen === fresh.screen &&
    before.joinedAt === fresh.joinedAt &&
    before.streams === fresh.streams;
  return same ? before : fresh;
}

function share<T>(fresh: readonly T[], before: readonly T[] | undefined): readonly T[] {
  return before?.length === fresh.length && fresh.every((item, index) => item === before[index])
    ? before
    : fresh;
}

const sentEntries = new WeakMap<RoomState['chat'][number], ChatEntry>();

function chat(
  parts: SnapshotParts,
  selfName: string,
  before: readonly ChatEntry[] | undefined,
): readonly ChatEntry[] {
  const sent = parts.room.chat.map((message) => {
    const entry = sentEntries.get(message) ?? { ...message, delivery: 'sent' as const };
    sentEntries.set(message, entry);
    return entry;
  });
  const outgoing = parts.outgoing.map((message): ChatEntry => {
    const known = before?.findLast((entry) => entry.message_id === message.clientId);
    if (known?.delivery === message.state) return known;
    return {
      message_id: message.clientId,
      sender_id: parts.selfId,
      sender_name: selfName,
      text: message.text,
      ...(message.recipientId === undefined ? {} : { recipient_id: message.recipientId }),
      sent_at: message.queuedAt,
      delivery: message.state,
    };
  });
  return share([...sent, ...outgoing], before);
}
