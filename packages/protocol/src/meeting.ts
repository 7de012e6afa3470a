import { z } from 'zod';
import { MeetingCode, MeetingId, MeetingSessionId, ParticipantId } from './ids.ts';
import { LIMITS } from './limits.ts';
import { StreamId } from './media.ts';

export const Timestamp = z.number().int().nonnegative().describe('Unix time in milliseconds');

export const Role = z.enum(['host', 'co_host', 'participant']);
export type Role = z.infer<typeof Role>;

export const DisplayName = z
  .string()
  .trim()
  .min(1)
  .max(LIMITS.displayName)
  // Control and bidirectional-override characters let one name pass for another.
  .refine((name) => !/[\p{Cc}\p{Bidi_Control}]/u.test(name), 'contains control characters');

const setting = {
  /** Everybody but hosts waits until one of them lets them in. */
  waiting_room: z.boolean(),
  /** People who have not signed in may join. */
  allow_guests: z.boolean(),
  /** Without it, people wait until the first host is there. */
  join_before_host: z.boolean(),
  mute_on_entry: z.boolean(),
  /** Participants may switch their own microphone on. Hosts always may. */
  allow_unmute: z.boolean(),
  allow_screen_share: z.enum(['host', 'all']),
  /** Whom participants may write to: everybody, only hosts, or nobody. Hosts may write to all. */
  allow_chat: z.enum(['all', 'hosts', 'none']),
  /** Participants may write to one another in private. */
  allow_private_chat: z.boolean(),
  recording: z.literal('none'),
  e2e_encryption: z.literal(false),
  max_participants: z.number().int().min(2).max(LIMITS.participants),
};

/** Strict: an option that is not enforced must not be accepted silently. */
export const MeetingSettings = z.strictObject({
  waiting_room: setting.waiting_room.default(false),
  allow_guests: setting.allow_guests.default(true),
  join_before_host: setting.join_before_host.default(true),
  mute_on_entry: setting.mute_on_entry.default(false),
  allow_unmute: setting.allow_unmute.default(true),
  allow_screen_share: setting.allow_screen_share.default('all'),
  allow_chat: setting.allow_chat.default('all'),
  allow_private_chat: setting.allow_private_chat.default(true),
  recording: setting.recording.default('none'),
  e2e_encryption: setting.e2e_encryption.default(false),
  max_participants: setting.max_participants.default(100),
});
export type MeetingSettings = z.infer<typeof MeetingSettings>;

/** A change of settings, before the meeting or while it runs. Absent: as it was. */
export const MeetingSettingsPatch = z.strictObject(setting).partial();
export type MeetingSettingsPatch = z.infer<typeof MeetingSettingsPatch>;

export const MeetingType = z.enum(['instant', 'scheduled']);
export const MeetingStatus = z.enum(['scheduled', 'active', 'ended']);
export type MeetingStatus = z.infer<typeof MeetingStatus>;

/** What is on: microphone unmuted, camera sending, screen shared. */
export const MediaState = z.object({ audio: z.boolean(), video: z.boolean(), screen: z.boolean() });
export type MediaState = z.infer<typeof MediaState>;

export const Participant = z.object({
  participant_id: ParticipantId,
  display_name: z.string(),
  role: Role,
  joined_at: Timestamp,
  /** `reconnecting`: the signaling socket is gone and its grace is running. Media may well be flowing. */
  connection: z.enum(['connected', 'reconnecting']),
  media: MediaState,
  /** Not signed in: the name is what they typed. */
  guest: z.boolean(),
  /** When the hand went up; null while it is down. Hands are answered in this order. */
  hand_raised_at: Timestamp.nullable(),
});
export type Participant = z.infer<typeof Participant>;

/** Somebody at the door. Hosts and co-hosts see them. */
export const WaitingParticipant = z.object({
  participant_id: ParticipantId,
  display_name: z.string(),
  guest: z.boolean(),
  since: Timestamp,
});
export type WaitingParticipant = z.infer<typeof WaitingParticipant>;

/** What can be thrown at the screen. Names, so that each client draws them its own way. */
export const Reaction = z.enum(['thumbs_up', 'clap', 'heart', 'laugh', 'surprised', 'celebrate']);
export type Reaction = z.infer<typeof Reaction>;

export const ChatMessage = z.object({
  /** Stable and unique: whoever sees a message twice can tell. */
  message_id: z.uuid(),
  sender_id: ParticipantId,
  sender_name: z.string(),
  text: z.string(),
  /** Absent for a message to everyone. */
  recipient_id: ParticipantId.optional(),
  sent_at: Timestamp,
});
export type ChatMessage = z.infer<typeof ChatMessage>;

export const ScreenShare = z.object({ participant_id: ParticipantId, stream_id: StreamId });
export type ScreenShare = z.infer<typeof ScreenShare>;

/** Everything a client needs to draw the meeting. */
export const MeetingState = z.object({
  meeting_id: MeetingId,
  code: MeetingCode,
  meeting_session_id: MeetingSessionId,
  title: z.string(),
  settings: MeetingSettings,
  started_at: Timestamp,
  participants: z.array(Participant),
  chat: z.array(ChatMessage),
  screen_share: ScreenShare.nullable(),
  /** Nobody new gets in. */
  locked: z.boolean(),
  /** For hosts and co-hosts; empty for everybody else. */
  waiting: z.array(WaitingParticipant),
});
export type MeetingState = z.infer<typeof MeetingState>;
