import { z } from 'zod';
import { IceServer, SfuEndpoint } from './endpoint.ts';
import { MeetingCode, MeetingId, ParticipantId } from './ids.ts';
import { LIMITS } from './limits.ts';
import {
  DisplayName,
  MeetingSettings,
  MeetingState,
  MeetingStatus,
  MeetingType,
  Role,
  Timestamp,
} from './meeting.ts';

/** Bodies of the REST API, `/api/v1`. */

const IsoTime = z.iso.datetime({ offset: true });

const MeetingFields = z.object({
  title: z.string().trim().min(1).max(LIMITS.title).default('Meeting'),
  /** Minutes. */
  duration: z
    .number()
    .int()
    .min(1)
    .max(24 * 60)
    .default(60),
  /** Typed by people: 4 characters at least, none of them invisible. */
  password: z.string().min(4).max(LIMITS.password).optional(),
  generate_password: z.boolean().optional(),
  settings: MeetingSettings.prefault({}),
});

export const CreateMeetingRequest = z.discriminatedUnion('type', [
  MeetingFields.extend({ type: z.literal('instant') }),
  MeetingFields.extend({
    type: z.literal('scheduled'),
    scheduled_start: IsoTime,
    /** IANA name, e.g. `Europe/Amsterdam`. */
    time_zone: z.string().max(64).default('UTC'),
  }),
]);
export type CreateMeetingRequest = z.infer<typeof CreateMeetingRequest>;

export const Meeting = z.object({
  id: MeetingId,
  code: MeetingCode,
  title: z.string(),
  type: MeetingType,
  status: MeetingStatus,
  scheduled_start: IsoTime.nullable(),
  time_zone: z.string(),
  duration: z.number().int(),
  join_url: z.url(),
  password_required: z.boolean(),
  settings: MeetingSettings,
  created_at: IsoTime,
});
export type Meeting = z.infer<typeof Meeting>;

export const CreateMeetingResponse = Meeting.extend({
  /** Gives host rights from any device. Shown this once. */
  host_key: z.string(),
  /** As given or generated. Shown this once. */
  password: z.string().optional(),
});
export type CreateMeetingResponse = z.infer<typeof CreateMeetingResponse>;

export const JoinRequest = z.object({
  display_name: DisplayName,
  password: z.string().max(LIMITS.password).optional(),
  host_key: z.string().max(128).optional(),
  audio_only: z.boolean().default(false),
  device_info: z
    .object({ browser: z.string().max(64), os: z.string().max(64), mobile: z.boolean() })
    .partial()
    .optional(),
});
export type JoinRequest = z.input<typeof JoinRequest>;

export const JoinResponse = z.object({
  status: z.literal('admitted'),
  participant_id: ParticipantId,
  role: Role,
  /** For the signaling socket, and as bearer for REST calls about one's own stay. */
  ticket: z.string(),
  signaling_url: z.string(),
  ice_servers: z.array(IceServer),
  meeting_settings: MeetingSettings,
  meeting_state: MeetingState,
  sfu: SfuEndpoint,
  standby: SfuEndpoint.nullable(),
  server_time: Timestamp,
});
export type JoinResponse = z.infer<typeof JoinResponse>;

/** `GET /.well-known/jwks.json` (RFC 7517). */
export const Jwks = z.object({
  keys: z.array(
    z.object({
      kty: z.literal('EC'),
      crv: z.literal('P-256'),
      x: z.string(),
      y: z.string(),
      kid: z.string(),
      alg: z.literal('ES256'),
      use: z.literal('sig'),
    }),
  ),
});
export type Jwks = z.infer<typeof Jwks>;
