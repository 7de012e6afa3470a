import type {
  ChatList,
  ChatMessage,
  CreateMeetingResponse,
  EndMeetingRequest,
  JoinRequest,
  JoinResponse,
  Meeting,
  MeetingList,
  MeetingPlacement,
  MeetingSettings,
  NearbyRegions,
  Participant,
  ParticipantList,
  ParticipantMediaRequest,
  SendChatRequest,
  SfuAssignment,
  SfuEndpoint,
  UpdateMeetingRequest,
  WaitingList,
} from '@meridian/protocol';

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

export const SFU: SfuEndpoint = {
  node_id: 'eu-west-1a',
  url: 'wss://eu-west-1a.eu-west.media.example.org/client',
  address: '192.0.2.17',
  port: 40000,
  dtls_fingerprint:
    'A1:5C:0E:77:42:9B:D3:18:6F:24:8A:C0:51:E9:3D:B6:70:0F:94:2B:DD:63:A8:1E:C7:35:F2:89:4A:06:BE:5D',
  region: 'eu-west',
  media_token: JWT,
};

export const MEETING_EXAMPLES = {
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

  NearbyRegions: {
    regions: [
      { region: SFU.region, probe_url: 'https://eu-west-1a.eu-west.media.example.org/healthz' },
      { region: 'eu-central', probe_url: 'https://eu-central-1.eu-central.media.example.org/healthz' },
    ],
  } satisfies NearbyRegions,
  JoinRequest: {
    display_name: 'Ben',
    password: 'h7kq2m9xtd',
    round_trips: { [SFU.region]: 18, 'eu-central': 31 },
  } satisfies JoinRequest,
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
} as const;
