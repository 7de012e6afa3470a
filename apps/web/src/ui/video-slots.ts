/** Two places for pictures, of which one is in front; what is in the other one is about to take over. */
export type VideoSlots = {
  front: 0 | 1;
  tracks: readonly [MediaStreamTrack | null, MediaStreamTrack | null];
};

/**
 * Where tracks go: one that has a place keeps it, so that its picture goes on. The same object when nothing changes.
 * Pure.
 */
export function arrangeVideo(
  slots: VideoSlots,
  track: MediaStreamTrack,
  next: MediaStreamTrack | null,
): VideoSlots {
  const { tracks } = slots;
  const front =
    tracks[slots.front] !== track && tracks[other(slots.front)] === track ? other(slots.front) : slots.front;
  const behind = next === track ? null : next;
  const [first, second] = front === 0 ? [track, behind] : [behind, track];
  if (front === slots.front && tracks[0] === first && tracks[1] === second) return slots;
  return { front, tracks: [first, second] };
}

function other(place: 0 | 1): 0 | 1 {
  return place === 0 ? 1 : 0;
}
