import { useEffect, useState, useSyncExternalStore } from 'react';
import type { CaptureSettings } from './capture.ts';
import { LocalMedia, type LocalMediaSnapshot } from './local-media.ts';

/** The devices of this page, released when the component goes. */
export function useLocalMedia(settings: CaptureSettings): [LocalMedia, LocalMediaSnapshot] {
  const { microphone, camera, noiseSuppression } = settings;
  const [media] = useState(() => new LocalMedia(settings));
  const snapshot = useSyncExternalStore(media.subscribe, () => media.snapshot);

  useEffect(() => {
    void media.configure({ microphone, camera, noiseSuppression });
  }, [media, microphone, camera, noiseSuppression]);

  useEffect(() => () => media.release('microphone', 'camera'), [media]);

  return [media, snapshot];
}
