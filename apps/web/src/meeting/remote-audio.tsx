import type { ParticipantView } from '@meridian/client';
import type { Source } from '@meridian/protocol';
import { useEffect, useRef } from 'react';
import { useTrackStream } from '../ui/use-track-stream.ts';
import type { AudioOutput } from './use-remote-audio.ts';

const SOURCES = ['microphone', 'screen_audio'] as const satisfies Source[];

type Props = { participants: readonly ParticipantView[]; output: AudioOutput; speaker: string };

/** Everybody else's sound: one element per stream, on whatever page of the stage its sender is. */
export function RemoteAudio({ participants, output, speaker }: Props) {
  return participants
    .filter((participant) => !participant.isSelf)
    .flatMap(({ id, streams }) =>
      SOURCES.map((source) => {
        const track = streams[source]?.track;
        return (
          track && (
            <AudioStream
              key={`${id}:${source}`}
              participantId={id}
              source={source}
              track={track}
              add={output.add}
              speaker={speaker}
            />
          )
        );
      }),
    );
}

type StreamProps = {
  participantId: string;
  source: Source;
  track: MediaStreamTrack;
  add: AudioOutput['add'];
  speaker: string;
};

function AudioStream({ participantId, source, track, add, speaker }: StreamProps) {
  const element = useRef<HTMLAudioElement>(null);
  useTrackStream(element, track);

  useEffect(() => (element.current ? add(element.current) : undefined), [add]);

  useEffect(() => {
    // A speaker that was unplugged cannot be chosen; the sound stays where it is.
    if (element.current && 'setSinkId' in element.current)
      element.current.setSinkId(speaker).catch(() => undefined);
  }, [speaker]);

  return (
    // biome-ignore lint/a11y/useMediaCaption: live voices have no caption file
    <audio ref={element} autoPlay data-participant-id={participantId} data-source={source} />
  );
}
