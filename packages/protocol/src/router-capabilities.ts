import type { RtpCapabilities } from './rtp.ts';

/**
 * The RTP capabilities of every router of the fleet, as a constant both sides know: a client can set its
 * device up before it has spoken to a node. Raise CAPS_VERSION with every change; a node refuses a client
 * whose version it does not have. A test in the media node compares this with what mediasoup really offers.
 */
export const CAPS_VERSION = 1;

const H264_PARAMETERS = {
  'level-asymmetry-allowed': 1,
  'packetization-mode': 1,
  // Constrained baseline, level 3.1: what every browser and hardware encoder has.
  'profile-level-id': '42e01f',
};

/** What a router is created with. Payload types are fixed so that the capabilities are. */
export const ROUTER_MEDIA_CODECS = [
  { kind: 'audio', mimeType: 'audio/opus', clockRate: 48000, channels: 2, preferredPayloadType: 100 },
  { kind: 'video', mimeType: 'video/VP8', clockRate: 90000, preferredPayloadType: 101, parameters: {} },
  {
    kind: 'video',
    mimeType: 'video/VP9',
    clockRate: 90000,
    preferredPayloadType: 103,
    parameters: { 'profile-id': 0 },
  },
  {
    kind: 'video',
    mimeType: 'video/H264',
    clockRate: 90000,
    preferredPayloadType: 105,
    parameters: H264_PARAMETERS,
  },
  { kind: 'video', mimeType: 'video/AV1', clockRate: 90000, preferredPayloadType: 107, parameters: {} },
] as const;

type Codec = RtpCapabilities['codecs'][number];
type HeaderExtension = NonNullable<RtpCapabilities['headerExtensions']>[number];

const VIDEO_FEEDBACK = [
  { type: 'nack', parameter: '' },
  { type: 'nack', parameter: 'pli' },
  { type: 'ccm', parameter: 'fir' },
  { type: 'goog-remb', parameter: '' },
  { type: 'transport-cc', parameter: '' },
];

function video(mimeType: string, payloadType: number, parameters: Codec['parameters']): Codec[] {
  return [
    {
      kind: 'video',
      mimeType,
      clockRate: 90000,
      preferredPayloadType: payloadType,
      parameters,
      rtcpFeedback: VIDEO_FEEDBACK,
    },
    // Retransmissions of it (RFC 4588).
    {
      kind: 'video',
      mimeType: 'video/rtx',
      clockRate: 90000,
      preferredPayloadType: payloadType + 1,
      parameters: { apt: payloadType },
      rtcpFeedback: [],
    },
  ];
}

function extension(
  uri: HeaderExtension['uri'],
  preferredId: number,
  directions: Partial<Record<'audio' | 'video', HeaderExtension['direction']>>,
): HeaderExtension[] {
  return (['audio', 'video'] as const).flatMap((kind) => {
    const direction = directions[kind];
    return direction === undefined ? [] : [{ kind, uri, preferredId, preferredEncrypt: false, direction }];
  });
}

const both = { audio: 'sendrecv', video: 'sendrecv' } as const;

/** Without `urn:ietf:params:rtp-hdrext:toffset`, which mediasoup offers and mediasoup-client does not know. */
export const ROUTER_RTP_CAPABILITIES: RtpCapabilities = {
  codecs: [
    {
      kind: 'audio',
      mimeType: 'audio/opus',
      clockRate: 48000,
      channels: 2,
      preferredPayloadType: 100,
      parameters: {},
      rtcpFeedback: [
        { type: 'nack', parameter: '' },
        { type: 'transport-cc', parameter: '' },
      ],
    },
    ...video('video/VP8', 101, {}),
    ...video('video/VP9', 103, { 'profile-id': 0 }),
    ...video('video/H264', 105, H264_PARAMETERS),
    ...video('video/AV1', 107, {}),
  ],
  headerExtensions: [
    ...extension('urn:ietf:params:rtp-hdrext:sdes:mid', 1, both),
    ...extension('urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id', 2, { video: 'recvonly' }),
    ...extension('urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id', 3, { video: 'recvonly' }),
    ...extension('http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time', 4, both),
    ...extension('http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01', 5, {
      audio: 'recvonly',
      video: 'sendrecv',
    }),
    ...extension('urn:ietf:params:rtp-hdrext:ssrc-audio-level', 6, { audio: 'sendrecv' }),
    ...extension(
      'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension',
      7,
      {
        video: 'recvonly',
      },
    ),
    ...extension('urn:3gpp:video-orientation', 8, { video: 'sendrecv' }),
    ...extension('http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time', 10, both),
    ...extension('http://www.webrtc.org/experiments/rtp-hdrext/playout-delay', 11, both),
    ...extension('urn:mediasoup:params:rtp-hdrext:packet-id', 12, both),
  ],
};
