import type { Source, StreamId } from '@meridian/protocol';
import type { ConnectionQuality } from './connection-quality.ts';

/** One layer of a stream of one's own, as the browser sends it. */
export type SentLayer = {
  source: Source;
  /** Simulcast layer; null where there is only one. */
  rid: string | null;
  /** Bits per second. */
  bitrate: number;
  width: number | null;
  height: number | null;
  framesPerSecond: number | null;
  /** What holds the encoder back: `bandwidth`, `cpu`, `other`, or null. */
  limitedBy: string | null;
};

/** A stream of somebody else, as it arrives. */
export type ReceivedStream = {
  streamId: StreamId;
  /** Bits per second. */
  bitrate: number;
  /** Fraction of packets lost since the last look, 0–1. */
  loss: number;
  jitterMs: number | null;
  width: number | null;
  height: number | null;
  framesPerSecond: number | null;
  /** Frames decoded since the stream began; null for audio. */
  framesDecoded: number | null;
};

export type MeetingStats = {
  /** The media node in use. */
  nodeId: string;
  connection: ConnectionQuality;
  sent: SentLayer[];
  received: ReceivedStream[];
  /** What is prepared for the loss of the node in use; null: nothing. */
  standby: { nodeId: string; tier: 'warm' | 'hot'; ready: boolean } | null;
};

/** An entry of the browser's statistics (webrtc-stats). */
export type StatsEntry = { type: string } & Record<string, unknown>;

type Look = { sample: { at: number }; send: readonly StatsEntry[]; recv: readonly StatsEntry[] };

/** The tracks of others, by id: what they show, and whether they should be moving. */
type Tracks = ReadonlyMap<string, { streamId: StreamId; moving: boolean }>;

/** Each stream by itself, by what happened between two looks. `sources`: one's own, by the id of the track. Pure. */
export function statsBetween(
  before: Look | null,
  now: Look,
  sources: ReadonlyMap<string, Source>,
  tracks: Tracks,
): Pick<MeetingStats, 'sent' | 'received'> {
  const seconds = before ? Math.max(1, now.sample.at - before.sample.at) / 1000 : 1;
  const earlier = new Map(
    [...(before?.send ?? []), ...(before?.recv ?? [])].map((entry) => [entry.id, entry]),
  );
  const rise = (entry: StatsEntry, key: string) => {
    const was = earlier.get(entry.id);
    return was ? Math.max(0, (number(entry[key]) ?? 0) - (number(was[key]) ?? 0)) : 0;
  };
  const bitrate = (entry: StatsEntry, key: string) => Math.round((rise(entry, key) * 8) / seconds);
  const mediaSources = new Map(
    now.send.filter((e) => e.type === 'media-source').map((e) => [e.id, e.trackIdentifier]),
  );
  const sent = now.send.flatMap((entry): SentLayer[] => {
    const source = sources.get(String(mediaSources.get(entry.mediaSourceId)));
    if (entry.type !== 'outbound-rtp' || !source) return [];
    const limit = entry.qualityLimitationReason;
    return [
      {
        source,
        rid: typeof entry.rid === 'string' ? entry.rid : null,
        bitrate: bitrate(entry, 'bytesSent'),
        ...pictureOf(entry),
        limitedBy: typeof limit === 'string' && limit !== 'none' ? limit : null,
      },
    ];
  });
  const received = now.recv.flatMap((entry): ReceivedStream[] => {
    const shown = tracks.get(String(entry.trackIdentifier));
    if (entry.type !== 'inbound-rtp' || !shown) return [];
    const lost = rise(entry, 'packetsLost');
    const expected = rise(entry, 'packetsReceived') + lost;
    const jitter = number(entry.jitter);
    return [
      {
        streamId: shown.streamId,
        bitrate: bitrate(entry, 'bytesReceived'),
        loss: expected === 0 ? 0 : lost / expected,
        jitterMs: jitter === null ? null : jitter * 1000,
        ...pictureOf(entry),
        framesDecoded: number(entry.framesDecoded),
      },
    ];
  });
  return { sent, received };
}

/** Which of the videos that should be moving have decoded nothing between two looks. Pure. */
export function frozenTracks(before: Look, now: Look, tracks: Tracks): Set<string> {
  const earlier = new Map(before.recv.map((entry) => [entry.id, number(entry.framesDecoded)]));
  const frozen = now.recv.flatMap((entry) => {
    const frames = number(entry.framesDecoded);
    const id = String(entry.trackIdentifier);
    // One that has not shown its first frame is starting, and not frozen.
    const still = frames !== null && frames > 0 && earlier.get(entry.id) === frames;
    return entry.type === 'inbound-rtp' && tracks.get(id)?.moving && still ? [id] : [];
  });
  return new Set(frozen);
}

function pictureOf(entry: StatsEntry): Pick<SentLayer, 'width' | 'height' | 'framesPerSecond'> {
  return {
    width: number(entry.frameWidth),
    height: number(entry.frameHeight),
    framesPerSecond: number(entry.framesPerSecond),
  };
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
