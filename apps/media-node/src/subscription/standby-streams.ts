import { STANDBY } from '../config.ts';
import type { Publication } from '../sfu/publication.ts';

/** What a standby looks at. */
export type StandbyScene = {
  /** The highest live generation of each stream. */
  live: Iterable<Publication>;
  /** What other standbys have prepared at this node, by stream id. */
  prepared: ReadonlyMap<string, Publication>;
  /** Whether a participant is at the node whose loss the standby is for. */
  lostTogether: (participantId: string) => boolean;
  /** Who can be heard now, loudest first. */
  audible: readonly string[];
};

/**
 * What a standby may prepare to receive. Who is lost together with its own node comes back by what they have prepared
 * here, if it is here; all others stay where they are. Of many microphones only those that are heard, since a stream
 * of another node is fetched for it. Pure.
 */
export function standbyStreams({ live, prepared, lostTogether, audible }: StandbyScene): Publication[] {
  const chosen = new Map<string, Publication>();
  for (const publication of live) {
    const { participant_id: participant, stream_id: id } = publication.stream;
    // Who is published here is here, whatever the room has said before.
    if (publication.isLocal || !lostTogether(participant)) chosen.set(id, publication);
  }
  // One that is not known here otherwise will be: its participant's standby is this node.
  for (const [id, publication] of prepared) if (!chosen.has(id)) chosen.set(id, publication);
  const microphones = [...chosen.values()].filter(({ stream }) => stream.source === 'microphone');
  if (microphones.length <= STANDBY.microphones) return [...chosen.values()];
  const heard = new Set(audible.slice(0, STANDBY.microphones));
  return [...chosen.values()].filter(
    ({ stream }) => stream.source !== 'microphone' || heard.has(stream.participant_id),
  );
}
