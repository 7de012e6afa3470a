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

/** Strict: an option that is not enforced must not be accepted silently. */
export const MeetingSettings = z.strictObject({
  mute_on_entry: z.boolean().default(false),
  allow_screen_share: z.enum(['host', 'all']).default('all'),
  max_participants: z.number().int().min(2).max(LIMITS.participants).default(100),
});
export type MeetingSettings = z.infer<typeof MeetingSettings>;

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
});
export type Participant = z.infer<typeof Participant>;

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
});
export type MeetingState = z.infer<typeof MeetingState>;
