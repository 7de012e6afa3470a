import type { MeetingSnapshot, ParticipantView } from '@meridian/client';
import type { StreamId } from '@meridian/protocol';
import type { SelfView, StageView } from './stage-view.ts';

export type StageTile = {
  key: string;
  participant: ParticipantView;
  source: 'camera' | 'screen';
  /** What plays in it, if anything does. */
  track: MediaStreamTrack | null;
  /** What takes its place when it has its first picture. */
  next: MediaStreamTrack | null;
  /** What to ask the media node for; null for oneself and for those who send nothing. */
  streamId: StreamId | null;
  /** A video that should be there and is not: it is on its way, or the network is too poor for it. */
  late: boolean;
  /** A video that should move and does not, because of somebody's network. */
  frozen: boolean;
  /** Their own network hardly carries what they send: everybody sees and hears them badly. */
  weak: boolean;
};

export type StageTiles = {
  /** The large tile first when there is one. */
  tiles: readonly StageTile[];
  /** The first tile is large. */
  spotlight: boolean;
  /** Oneself, small in a corner. */
  floating: StageTile | null;
};

type Seen = Pick<MeetingSnapshot, 'participants' | 'screenShare' | 'activeSpeakerId' | 'self'>;

/**
 * What is on the stage: who is large, where oneself is, everybody else in `order`. Somebody pinned is large before a
 * shared screen, that before whoever speaks. One's own screen is not shown back to oneself.
 */
export function stageTiles(
  meeting: Seen,
  order: readonly string[],
  ownCamera: MediaStreamTrack | null,
  view: StageView,
): StageTiles {
  const byId = new Map(meeting.participants.map((participant) => [participant.id, participant]));
  const people = order.flatMap((id) => byId.get(id) ?? []);
  const screen = screenTile(meeting, byId, view);
  const others = people.filter(({ isSelf }) => !isSelf).map((person) => cameraTile(person, null, view));
  const self = cameraTile(meeting.self, ownCamera, view);
  const place = selfPlace(view.selfView, others.length, screen !== null);

  const cameras = people.flatMap((person) => {
    if (person.isSelf) return place === 'tile' ? [self] : [];
    return others.find(({ participant }) => participant === person) ?? [];
  });
  const tiles = screen ? [screen, ...cameras] : cameras;
  const large = largeTile(meeting, tiles, screen, view);
  return {
    tiles: large ? [large, ...tiles.filter((tile) => tile !== large)] : tiles,
    spotlight: large !== null,
    floating: place === 'float' ? self : null,
  };
}

function largeTile(
  { activeSpeakerId }: Seen,
  tiles: readonly StageTile[],
  screen: StageTile | null,
  { layout, pinned }: StageView,
): StageTile | null {
  const wanted = tiles.find(({ key }) => key === pinned);
  if (wanted) return wanted;
  if (screen && layout !== 'grid') return screen;
  if (layout !== 'speaker') return null;
  const others = tiles.filter(({ participant }) => !participant.isSelf);
  return (
    others.find(({ participant }) => participant.id === activeSpeakerId) ?? others[0] ?? tiles[0] ?? null
  );
}

/** Somebody who is alone always sees themselves: there is nothing else to see. */
function selfPlace(wish: SelfView, others: number, screen: boolean): Exclude<SelfView, 'auto'> {
  if (others === 0 && !screen) return 'tile';
  if (wish !== 'auto') return wish;
  return others === 1 && !screen ? 'float' : 'tile';
}

function cameraTile(
  participant: ParticipantView,
  ownCamera: MediaStreamTrack | null,
  { audioOnly }: StageView,
): StageTile {
  const base = {
    key: `${participant.id}:camera`,
    participant,
    source: 'camera' as const,
    next: null,
    late: false,
    frozen: false,
    weak: isWeak(participant),
  };
  if (participant.isSelf) return { ...base, track: ownCamera, streamId: null };
  const stream = participant.streams.camera;
  if (!participant.video || !stream || stream.paused || audioOnly) {
    return { ...base, track: null, streamId: null };
  }
  const { track, next, streamId, frozen } = stream;
  return { ...base, track, next, streamId, late: track === null, frozen };
}

function screenTile(
  { screenShare }: Seen,
  byId: ReadonlyMap<string, ParticipantView>,
  { audioOnly }: StageView,
): StageTile | null {
  const participant = screenShare && byId.get(screenShare.participantId);
  if (!participant || participant.isSelf || audioOnly) return null;
  const stream = participant.streams.screen;
  return {
    key: `${participant.id}:screen`,
    participant,
    source: 'screen',
    track: stream?.track ?? null,
    next: stream?.next ?? null,
    streamId: stream?.streamId ?? null,
    late: !stream?.track,
    // A screen on which nothing moves sends no new pictures either.
    frozen: false,
    weak: stream?.uplink === 'poor',
  };
}

function isWeak({ streams: { camera, microphone } }: ParticipantView): boolean {
  return [camera, microphone].some((stream) => stream?.paused === false && stream.uplink === 'poor');
}
