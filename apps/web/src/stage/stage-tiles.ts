import type { MeetingSnapshot, ParticipantView } from '@meridian/client';
import type { StreamId } from '@meridian/protocol';

export type StageTile = {
  key: string;
  participant: ParticipantView;
  source: 'camera' | 'screen';
  /** What plays in it, if anything does. */
  track: MediaStreamTrack | null;
  /** What to ask the media node for; null for oneself and for those who send nothing. */
  streamId: StreamId | null;
};

/** One's own pictures, which do not travel over the network to be shown. */
export type OwnTracks = { camera: MediaStreamTrack | null; screen: MediaStreamTrack | null };

export type StageTiles = {
  /** The large tile first when there is one, then everybody by time of joining. */
  tiles: readonly StageTile[];
  spotlight: boolean;
};

/** What is on the stage. A shared screen is large, unless somebody has been pinned. */
export function stageTiles(snapshot: MeetingSnapshot, own: OwnTracks, pinned: string | null): StageTiles {
  const cameras = snapshot.participants.map((participant) => cameraTile(participant, own));
  const screen = screenTile(snapshot, own);
  const tiles = screen ? [screen, ...cameras] : cameras;
  const large = tiles.find((tile) => tile.key === pinned) ?? screen;
  if (!large) return { tiles, spotlight: false };
  return { tiles: [large, ...tiles.filter((tile) => tile !== large)], spotlight: true };
}

function cameraTile(participant: ParticipantView, own: OwnTracks): StageTile {
  const base = { key: `${participant.id}:camera`, participant, source: 'camera' as const };
  if (participant.isSelf) return { ...base, track: own.camera, streamId: null };
  const stream = participant.streams.camera;
  if (!participant.video || !stream || stream.paused) return { ...base, track: null, streamId: null };
  return { ...base, track: stream.track, streamId: stream.streamId };
}

function screenTile(snapshot: MeetingSnapshot, own: OwnTracks): StageTile | null {
  const sharer = own.screen ? snapshot.self.id : snapshot.screenShare?.participantId;
  const participant = snapshot.participants.find(({ id }) => id === sharer);
  if (!participant) return null;
  const base = { key: `${participant.id}:screen`, participant, source: 'screen' as const };
  if (participant.isSelf) return own.screen && { ...base, track: own.screen, streamId: null };
  const stream = participant.streams.screen;
  return { ...base, track: stream?.track ?? null, streamId: stream?.streamId ?? null };
}
