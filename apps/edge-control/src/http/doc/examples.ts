import type {
  ApiKeyList,
  AuthSession,
  ChatList,
  ChatMessage,
  CreateApiKeyRequest,
  CreateApiKeyResponse,
  CreateEnrolmentRequest,
  CreateMeetingResponse,
  EndMeetingRequest,
  EnrolledNode,
  Enrolment,
  EnrolRequest,
  FleetNode,
  FleetNodeList,
  FleetRegionList,
  JoinRequest,
  JoinResponse,
  Jwks,
  Me,
  Meeting,
  MeetingList,
  MeetingPlacement,
  MeetingSettings,
  Participant,
  ParticipantList,
  ParticipantMediaRequest,
  Problem,
  SendChatRequest,
  SfuAssignment,
  SfuEndpoint,
  UpdateMeetingRequest,
  User,
  WaitingList,
} from '@meridian/protocol';
import type { Health, Readiness } from './platform-schemas.ts';

/** One meeting, as all the pages of the document tell of it. */

const SETTINGS: MeetingSettings = {
  waiting_room: true,
  allow_guests: true,
  join_before_host: false,
  mute_on_entry: true,
  allow_unmute: true,
  allow_screen_share: 'all',
  allow_chat: 'all',
  allow_private_chat: true,
  recording: 'none',
  e2e_encryption: false,
  max_participants: 100,
};

const MEETING: Meeting = {
  id: '019a5c1e-7b40-8a2f-9d31-5f0c6e8b7a12',
  code: '482-9173-0056',
  title: 'Design review',
  type: 'scheduled',
  status: 'scheduled',
  scheduled_start: '2027-03-01T09:00:00.000Z',
  time_zone: 'Europe/Amsterdam',
  duration: 45,
  join_url: 'https://meet.example.org/j/482-9173-0056',
  password_required: true,
  settings: SETTINGS,
  created_at: '2027-02-20T14:03:27.118Z',
  updated_at: '2027-02-20T14:03:27.118Z',
  version: 1,
  owned: true,
};

const ANN: Participant = {
  participant_id: '3f2b8c94-1f0e-4f7a-9b5d-6c2e7a90d413',
  display_name: 'Ann Fisher',
  role: 'host',
  joined_at: 1803891600000,
  connection: 'connected',
  media: { audio: true, video: true, screen: false },
  guest: false,
  hand_raised_at: null,
};

const BEN: Participant = {
  participant_id: 'b7d0a1c2-58e4-4c0b-8f61-0d9e2f4a7b35',
  display_name: 'Ben',
  role: 'participant',
  joined_at: 1803891625000,
  connection: 'connected',
  media: { audio: false, video: true, screen: false },
  guest: true,
  hand_raised_at: 1803892210000,
};

const MESSAGE: ChatMessage = {
  message_id: '5a1de0f3-9b7c-4a86-8e42-1c3b5d7f9a20',
  sender_id: BEN.participant_id,
  sender_name: BEN.display_name,
  text: 'Slides: https://example.org/review',
  sent_at: 1803892215000,
};

const JWT = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIzZjJiOGM5NCJ9.c2lnbmF0dXJl';

const SFU: SfuEndpoint = {
  node_id: 'eu-west-1a',
  url: 'wss://eu-west-1a.eu-west.media.example.org/client',
  address: '192.0.2.17',
  port: 40000,
  dtls_fingerprint:
    'A1:5C:0E:77:42:9B:D3:18:6F:24:8A:C0:51:E9:3D:B6:70:0F:94:2B:DD:63:A8:1E:C7:35:F2:89:4A:06:BE:5D',
  region: 'eu-west',
  media_token: JWT,
};

const USER: User = {
  id: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
  name: 'Ann Fisher',
  email: 'ann@example.org',
};

const API_KEY = {
  id: '0b6f4c1d-2a39-4e58-b7c6-9d8e1f203a4b',
  name: 'Timetable import',
  prefix: 'mk_7q2x9d',
  scopes: ['meetings:read', 'meetings:write'],
  created_at: '2027-02-20T14:00:00.000Z',
  last_used_at: null,
  expires_at: null,
} satisfies ApiKeyList['items'][number];

const NODE: FleetNode = {
  node: {
    node_id: SFU.node_id,
    boot_id: '7f1d7f0a-3c59-4d1e-8f0b-2a6c9d5e4b13',
    region: SFU.region,
    location: { latitude: 52.37, longitude: 4.9 },
    url: SFU.url,
    relay_url: 'wss://eu-west-1a.eu-west.media.example.org/relay',
    address: SFU.address,
    port: SFU.port,
    dtls_fingerprint: SFU.dtls_fingerprint,
    failure_domain: 'ams-rack-3',
    capacity: 500,
    bits_capacity_per_s: 1_000_000_000,
    version: '0.1.0',
    caps_version: 1,
  },
  cell: 'eu-west:0',
  verdict: 'up',
  since: 1803891600000,
  reasons: [],
  desired: 'serve',
  linked: true,
  heard_at: 1803892220000,
  load: {
    state: 'up',
    cpu: [0.31, 0.27],
    packets_per_s: 18_400,
    bits_in_per_s: 41_000_000,
    bits_out_per_s: 128_000_000,
    meetings: 12,
    participants: 96,
    standbys: 40,
    consumers: 610,
    producers: 170,
    loop_delay_ms: 2,
  },
  reserved: 1,
};

const PUBLIC_KEY = {
  kty: 'EC',
  crv: 'P-256',
  x: 'BqIpb_ppNH6B1UXjDN4VKcTdtAlMMAZO2LWDPIRmzA4',
  y: 'dFk6gblx6KoFE2XnhneA7ZjoGfwuAh5b0ejQQTOm-88',
} as const;
const ENROLMENT_SECRET = 'me_4k0v8m3n5p1r6s2t7w9y4z8a3b5c1d6e2f7g9h0j';

/** An example for every schema that has a name in the document. */
export const EXAMPLES = {
  Problem: problemExample(404, 'meeting_not_found', 'there is no such meeting'),
  Jwks: {
    keys: [
      {
        kty: 'EC',
        crv: 'P-256',
        x: 'BqIpb_ppNH6B1UXjDN4VKcTdtAlMMAZO2LWDPIRmzA4',
        y: 'dFk6gblx6KoFE2XnhneA7ZjoGfwuAh5b0ejQQTOm-88',
        kid: '2027-02',
        alg: 'ES256',
        use: 'sig',
      },
    ],
  } satisfies Jwks,
  Health: { status: 'ok' } satisfies Health,
  Readiness: { status: 'ready', regions: 2 } satisfies Readiness,

  AuthSession: {
    sign_in_available: true,
    user: USER,
    scopes: [
      'meetings:read',
      'meetings:write',
      'recordings:read',
      'recordings:write',
      'webhooks',
      'api_keys',
    ],
  } satisfies AuthSession,
  Me: { user: USER, via: 'api_key', scopes: ['meetings:read', 'meetings:write'] } satisfies Me,
  CreateApiKeyRequest: {
    name: API_KEY.name,
    scopes: ['meetings:read', 'meetings:write'],
  } satisfies CreateApiKeyRequest,
  CreateApiKeyResponse: {
    ...API_KEY,
    key: 'mk_7q2x9d4k0v8m3n5p1r6s2t7w9y4z8a3b5c1d6e2f',
  } satisfies CreateApiKeyResponse,
  ApiKeyList: { items: [API_KEY] } satisfies ApiKeyList,

  CreateMeetingRequest: {
    type: 'scheduled',
    title: MEETING.title,
    scheduled_start: '2027-03-01T10:00:00+01:00',
    time_zone: MEETING.time_zone,
    duration: MEETING.duration,
    generate_password: true,
    settings: { waiting_room: true, join_before_host: false, mute_on_entry: true },
  },
  CreateMeetingResponse: {
    ...MEETING,
    host_key: '8k2m4n7p0q3r5s9t1v6w8x2y4z7a0b3c',
    password: 'h7kq2m9xtd',
  } satisfies CreateMeetingResponse,
  Meeting: MEETING,
  UpdateMeetingRequest: {
    scheduled_start: '2027-03-01T11:00:00+01:00',
    settings: { waiting_room: false },
  } satisfies UpdateMeetingRequest,
  MeetingList: { items: [MEETING], next_cursor: null } satisfies MeetingList,

  JoinRequest: { display_name: 'Ben', password: 'h7kq2m9xtd' } satisfies JoinRequest,
  JoinResponse: {
    status: 'admitted',
    participant_id: ANN.participant_id,
    role: ANN.role,
    ticket: JWT,
    signaling_url: `wss://meet.example.org/api/v1/meetings/${MEETING.id}/signal`,
    ice_servers: [{ urls: ['stun:turn.eu-west.example.org:3478'] }],
    server_time: 1803892220000,
    meeting_settings: SETTINGS,
    meeting_state: {
      meeting_id: MEETING.id,
      code: MEETING.code,
      meeting_session_id: 'd94c1b7e-60f2-4a35-8b1d-e27f0a5c3968',
      title: MEETING.title,
      settings: SETTINGS,
      started_at: 1803891600000,
      participants: [ANN, BEN],
      chat: [MESSAGE],
      screen_share: null,
      locked: false,
      waiting: [],
    },
    sfu: SFU,
    standby: null,
    failover: 'cold',
  } satisfies JoinResponse,
  EndMeetingRequest: { host_key: '8k2m4n7p0q3r5s9t1v6w8x2y4z7a0b3c' } satisfies EndMeetingRequest,
  SfuAssignment: { sfu: SFU, standby: null, failover: 'cold' } satisfies SfuAssignment,
  ParticipantList: { items: [ANN, BEN] } satisfies ParticipantList,
  ParticipantMediaRequest: { audio: false } satisfies ParticipantMediaRequest,
  WaitingList: {
    items: [
      {
        participant_id: 'e1f5a8d3-7b29-4c60-a4d8-92b0c6e7f151',
        display_name: 'Cho',
        guest: true,
        since: 1803892218000,
      },
    ],
  } satisfies WaitingList,
  SendChatRequest: {
    text: MESSAGE.text,
    client_id: 'c0ffee00-1b2d-4e3f-8a5b-6c7d8e9fa0b1',
  } satisfies SendChatRequest,
  ChatMessage: MESSAGE,
  ChatList: {
    items: [MESSAGE],
    next_cursor: 'WzE4MDM4OTIyMTUwMDAsIjVhMWRlMGYzLTliN2MtNGE4Ni04ZTQyLTFjM2I1ZDdmOWEyMCJd',
  } satisfies ChatList,

  MeetingPlacement: {
    meeting_session_id: '4b8e1a52-9c0d-4f37-8a61-5e2d7c9b0f14',
    nodes: [
      { node_id: SFU.node_id, region: SFU.region, verdict: 'up' },
      { node_id: 'eu-west-1b', region: SFU.region, verdict: 'up' },
    ],
    links: [{ a: SFU.node_id, b: 'eu-west-1b' }],
    topology_epoch: 2,
    participants: [
      {
        participant_id: ANN.participant_id,
        node_id: SFU.node_id,
        standby_node_id: 'eu-west-1b',
        failover: 'hot',
      },
    ],
    decisions: [
      {
        at: 1803891600000,
        purpose: 'join',
        participants: [ANN.participant_id],
        node_id: SFU.node_id,
        from_node_id: null,
        reason: 'nearest',
        candidates: [
          {
            kind: 'region',
            id: 'eu-west:0',
            region: SFU.region,
            distance_km: 21,
            free: 403,
            utilisation: 0.19,
            verdict: 'chosen',
            score: { path_ms: 10, new_node_ms: 15, load_ms: 0, other_region_ms: 0, total_ms: 25 },
          },
        ],
      },
    ],
  } satisfies MeetingPlacement,

  FleetRegionList: {
    items: [
      {
        region: SFU.region,
        location: NODE.node.location,
        nodes: { up: 1, suspect: 0, lost: 0, draining: 0, full: 0 },
        participants: 96,
        capacity: 500,
        free: 403,
      },
    ],
    unreachable: [],
  } satisfies FleetRegionList,
  FleetNode: NODE,
  FleetNodeList: { items: [NODE], unreachable: [] } satisfies FleetNodeList,
  CreateEnrolmentRequest: {
    node_id: SFU.node_id,
    region: SFU.region,
  } satisfies CreateEnrolmentRequest,
  Enrolment: {
    node_id: SFU.node_id,
    region: SFU.region,
    secret: ENROLMENT_SECRET,
    expires_at: '2027-02-20T15:00:00.000Z',
  } satisfies Enrolment,
  EnrolRequest: {
    node_id: SFU.node_id,
    region: SFU.region,
    secret: ENROLMENT_SECRET,
    public_key: PUBLIC_KEY,
  } satisfies EnrolRequest,
  EnrolledNode: {
    node_id: SFU.node_id,
    region: SFU.region,
    kid: 'ZmuQwJx0t9b1m4xJ2r8k5Gf3h6Lq7sVd0nYcP1aTeBo',
  } satisfies EnrolledNode,
} as const;
export type ExampleName = keyof typeof EXAMPLES;

/** What a refusal of each status looks like, by its most frequent reason. */
export const PROBLEM_EXAMPLES = {
  400: {
    ...problemExample(400, 'malformed', 'the request is not valid'),
    errors: [{ path: 'title', message: 'Too small: expected string to have >=1 characters' }],
  },
  401: problemExample(401, 'unauthorized', 'sign in, or use an API key'),
  403: problemExample(403, 'forbidden', 'this is not your meeting'),
  404: problemExample(404, 'meeting_not_found', 'there is no such meeting'),
  409: problemExample(409, 'version_conflict', 'the meeting was changed meanwhile: read it again'),
  413: problemExample(413, 'too_large', 'a body may have 65536 bytes'),
  415: problemExample(415, 'unsupported', 'send application/json'),
  422: problemExample(422, 'unprocessable', 'scheduled_start is in the past'),
  423: problemExample(423, 'meeting_locked', 'the meeting is locked'),
  426: problemExample(426, 'unsupported', 'this is a WebSocket'),
  429: problemExample(429, 'rate_limited', 'too many requests'),
  500: problemExample(500, 'internal'),
  503: problemExample(503, 'overloaded', 'the database does not answer'),
};

function problemExample(status: number, code: Problem['code'], detail?: string): Problem {
  return {
    type: `urn:meridian:problem:${code}`,
    title: `${code.charAt(0).toUpperCase()}${code.slice(1).replaceAll('_', ' ')}`,
    status,
    code,
    ...(detail === undefined ? {} : { detail }),
    instance: 'urn:trace:0af7651916cd43dd8448eb211c80319c',
  };
}
