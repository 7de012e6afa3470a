import { useCallback, useMemo, useRef, useState } from 'react';

export type AudioOutput = {
  add: (element: HTMLAudioElement) => () => void;
  /** The browser refuses to play sound before the page has been clicked. */
  blocked: boolean;
  enable: () => void;
};

/** Plays all sound of the meeting, and notices when the browser does not let it. */
export function useRemoteAudio(): AudioOutput {
  const elements = useRef(new Set<HTMLAudioElement>());
  const [blocked, setBlocked] = useState(false);

  const play = useCallback((element: HTMLAudioElement) => {
    element.play().catch((error: unknown) => {
      // Other failures, such as a track that went away meanwhile, are not for a person to mend.
      if (error instanceof DOMException && error.name === 'NotAllowedError') setBlocked(true);
    });
  }, []);

  const add = useCallback(
    (element: HTMLAudioElement) => {
      elements.current.add(element);
      play(element);
      return () => {
        elements.current.delete(element);
      };
    },
    [play],
  );

  const enable = useCallback(() => {
    setBlocked(false);
    for (const element of elements.current) play(element);
  }, [play]);

  return useMemo(() => ({ add, blocked, enable }), [add, blocked, enable]);
}
