import { describe, expect, it } from 'vitest';
import {
  CAPS_VERSION,
  CreateMeetingRequest,
  DisplayName,
  isFinalClose,
  MeetingCode,
  mediaRpc,
  producerId,
  ROUTER_MEDIA_CODECS,
  ROUTER_RTP_CAPABILITIES,
  RtpCapabilities,
  StreamId,
  streamId,
} from './index.ts';

const participant = '01900000-0000-8000-8000-000000000001';

describe('identifiers', () => {
  it('derives stream and producer ids', () => {
    const id = streamId(participant, 'camera');
    expect(StreamId.parse(id)).toBe(id);
    expect(producerId(id, 3)).toBe(`${participant}:camera.3`);
    expect(StreamId.safeParse(`${participant}:nose`).success).toBe(false);
  });

  it('knows a meeting code by its shape', () => {
    expect(MeetingCode.safeParse('123-4567-8901').success).toBe(true);
    expect(MeetingCode.safeParse('12345678901').success).toBe(false);
  });
});

describe('display names', () => {
  it('are trimmed and bounded', () => {
    expect(DisplayName.parse('  Ada  ')).toBe('Ada');
    expect(DisplayName.safeParse('   ').success).toBe(false);
    expect(DisplayName.safeParse('x'.repeat(101)).success).toBe(false);
  });

  it('cannot hide direction overrides or control characters', () => {
    expect(DisplayName.safeParse('Ada\u202Etsoh').success).toBe(false);
    expect(DisplayName.safeParse('A\u0007da').success).toBe(false);
  });
});

describe('creating meetings', () => {
  it('fills defaults in', () => {
    const instant = CreateMeetingRequest.parse({ type: 'instant' });
    expect(instant).toMatchObject({
      title: 'Meeting',
      duration: 60,
      settings: { mute_on_entry: false, allow_screen_share: 'all', max_participants: 100 },
    });
  });

  it('wants a start for a scheduled one', () => {
    expect(CreateMeetingRequest.safeParse({ type: 'scheduled' }).success).toBe(false);
    expect(
      CreateMeetingRequest.safeParse({ type: 'scheduled', scheduled_start: '2030-01-01T10:00:00+01:00' })
        .success,
    ).toBe(true);
  });

  it('refuses a setting it would not enforce', () => {
    const result = CreateMeetingRequest.safeParse({ type: 'instant', settings: { teleport: true } });
    expect(result.success).toBe(false);
  });
});

describe('router capabilities', () => {
  it('are a valid message part and agree with the codecs', () => {
    expect(RtpCapabilities.parse(ROUTER_RTP_CAPABILITIES)).toEqual(ROUTER_RTP_CAPABILITIES);
    const offered = ROUTER_RTP_CAPABILITIES.codecs.map((codec) => codec.preferredPayloadType);
    for (const codec of ROUTER_MEDIA_CODECS) expect(offered).toContain(codec.preferredPayloadType);
    expect(CAPS_VERSION).toBeGreaterThan(0);
  });
});

describe('media rpc', () => {
  it('bounds a subscription', () => {
    const wish = {
      stream_id: streamId(participant, 'camera'),
      width: 640,
      height: 360,
      priority: 1,
      pinned: false,
    };
    const message = { v: 1, type: 'subscribe', version: 1, streams: Array.from({ length: 101 }, () => wish) };
    expect(mediaRpc.ClientToNode.safeParse(message).success).toBe(false);
    expect(mediaRpc.ClientToNode.safeParse({ ...message, streams: [wish] }).success).toBe(true);
  });
});

describe('close codes', () => {
  it('tell whether to come back', () => {
    expect(isFinalClose(4403)).toBe(true);
    expect(isFinalClose(1006)).toBe(false);
    expect(isFinalClose(4503)).toBe(false);
  });
});
