import { z } from 'zod';
import { IceServer, MediaPlaces } from './endpoint.ts';
import { MeetingCode, MeetingId, ParticipantId, RegionId } from './ids.ts';
import { LIMITS } from './limits.ts';
import {
  ChatMessage,
  DisplayName,
  MeetingSettings,
  MeetingSettingsPatch,
  MeetingState,
  MeetingStatus,
  MeetingType,
  Participant,
  Role,
  Timestamp,
  WaitingParticipant,
} from './meeting.ts';

/** Bodies of the REST API, `/api/v1`. */

const IsoTime = z.iso.datetime({ offset: true });

/** Gives host rights from any device; in bodies, and in the header `X-Host-Key`. */
export const HostKey = z.string().min(1).max(128);

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
  updated_at: IsoTime,
  /** Rises with each change by `PATCH` or `DELETE`; in `ETag`, and for `If-Match`. */
  version: z.number().int().positive(),
  /** It is the caller's own: may be changed, and run as host without the host key. */
  owned: z.boolean(),
});
export type Meeting = z.infer<typeof Meeting>;

export const CreateMeetingResponse = Meeting.extend({
  /** Gives host rights from any device. Shown this once. */
  host_key: z.string(),
  /** As given or generated. Shown this once. */
  password: z.string().optional(),
});
export type CreateMeetingResponse = z.infer<typeof CreateMeetingResponse>;

/** `GET /regions`: where a client may measure its `round_trips` before it joins, nearest first. */
export const NearbyRegions = z.object({
  regions: z
    .array(
      z.object({
        region: RegionId,
        /** Answers a GET of a page of any origin (CORS) with a few bytes. */
        probe_url: z.url({ protocol: /^https?$/ }),
      }),
    )
    .max(LIMITS.roundTrips),
});
export type NearbyRegions = z.infer<typeof NearbyRegions>;

export const JoinRequest = z.object({
  display_name: DisplayName,
  password: z.string().max(LIMITS.password).optional(),
  host_key: HostKey.optional(),
  audio_only: z.boolean().default(false),
  device_info: z
    .object({ browser: z.string().max(64), os: z.string().max(64), mobile: z.boolean() })
    .partial()
    .optional(),
  /**
   * Round trips to regions that the client has measured, in milliseconds. They are believed more than the map; data
   * residency holds all the same.
   */
  round_trips: z
    .record(RegionId, z.number().min(0).max(10_000))
    .refine((measured) => Object.keys(measured).length <= LIMITS.roundTrips, 'too many regions')
    .optional(),
});
export type JoinRequest = z.input<typeof JoinRequest>;

const Entry = z.object({
  participant_id: ParticipantId,
  role: Role,
  /** For the signaling socket, and as bearer for REST calls about one's own stay. */
  ticket: z.string(),
  signaling_url: z.string(),
  ice_servers: z.array(IceServer),
  server_time: Timestamp,
});

/** At the table at once. */
export const Admitted = Entry.extend({
  status: z.literal('admitted'),
  meeting_settings: MeetingSettings,
  meeting_state: MeetingState,
  ...MediaPlaces.shape,
});
export type Admitted = z.infer<typeof Admitted>;

/** At the door: the signaling socket says when it opens. */
export const AtTheDoor = Entry.extend({
  status: z.literal('waiting'),
  title: z.string(),
  reason: z.enum(['waiting_room', 'host_absent']),
});
export type AtTheDoor = z.infer<typeof AtTheDoor>;

export const JoinResponse = z.discriminatedUnion('status', [Admitted, AtTheDoor]);
export type JoinResponse = z.infer<typeof JoinResponse>;

/** `PATCH /meetings/{id}`. What is absent stays; `password: null` takes the password away. */
export const UpdateMeetingRequest = z
  .strictObject({
    title: z.string().trim().min(1).max(LIMITS.title),
    duration: z
      .number()
      .int()
      .min(1)
      .max(24 * 60),
    scheduled_start: IsoTime,
    time_zone: z.string().max(64),
    password: z.string().min(4).max(LIMITS.password).nullable(),
    settings: MeetingSettingsPatch,
  })
  .partial();
export type UpdateMeetingRequest = z.infer<typeof UpdateMeetingRequest>;

/** Lists come in pages: `cursor` is what the page before gave as `next_cursor`, and says nothing else. */
const page = {
  cursor: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(25),
};

export const ListMeetingsQuery = z.object({
  status: MeetingStatus.optional(),
  /** By scheduled start, or by creation where there is none. */
  from: IsoTime.optional(),
  /** Not including this moment itself. */
  to: IsoTime.optional(),
  /** By the same time: with `from=<now>`, what comes next comes first. */
  order: z.enum(['asc', 'desc']).default('asc'),
  ...page,
});
export type ListMeetingsQuery = z.infer<typeof ListMeetingsQuery>;

export const MeetingList = z.object({ items: z.array(Meeting), next_cursor: z.string().nullable() });
export type MeetingList = z.infer<typeof MeetingList>;

export const ParticipantList = z.object({ items: z.array(Participant) });
export type ParticipantList = z.infer<typeof ParticipantList>;

export const WaitingList = z.object({ items: z.array(WaitingParticipant) });
export type WaitingList = z.infer<typeof WaitingList>;

/** `POST /meetings/{id}/end`. The header `X-Host-Key` says the same. */
export const EndMeetingRequest = z.strictObject({ host_key: HostKey }).partial();
export type EndMeetingRequest = z.infer<typeof EndMeetingRequest>;

/** `GET /meetings/{id}/sfu`: where the caller's media goes, with a fresh media token. */
export const SfuAssignment = MediaPlaces;
export type SfuAssignment = z.infer<typeof SfuAssignment>;

/** `PUT /meetings/{id}/participants/{pid}/media`: only ever off. Nobody switches on what another switched off. */
export const ParticipantMediaRequest = z
  .strictObject({ audio: z.literal(false), video: z.literal(false), screen: z.literal(false) })
  .partial()
  .refine((media) => Object.keys(media).length > 0, 'names nothing');
export type ParticipantMediaRequest = z.infer<typeof ParticipantMediaRequest>;

export const SendChatRequest = z.strictObject({
  text: z.string().trim().min(1).max(LIMITS.chatText),
  recipient_id: ParticipantId.optional(),
  /** The same on every try: makes the message at most once. */
  client_id: z.uuid(),
});
export type SendChatRequest = z.infer<typeof SendChatRequest>;

export const ListChatQuery = z.object(page);
/** Newest page first, oldest message first within a page. */
export const ChatList = z.object({ items: z.array(ChatMessage), next_cursor: z.string().nullable() });
export type ChatList = z.infer<typeof ChatList>;

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
