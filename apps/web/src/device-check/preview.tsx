import { Mic, MicOff, Video, VideoOff } from 'lucide-react';
import type { LocalMediaSnapshot } from '../devices/local-media.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Spinner } from '../ui/spinner.tsx';
import { ToggleButton } from '../ui/toggle-button.tsx';
import { VideoView } from '../ui/video-view.tsx';
import styles from './preview.module.css';
import type { DeviceSwitch } from './use-device-switches.ts';

type Props = {
  devices: LocalMediaSnapshot;
  displayName: string;
  microphone: DeviceSwitch;
  camera: DeviceSwitch;
};

/** What others are going to see. Mirrored, as people know themselves. */
export function Preview({ devices, displayName, microphone, camera }: Props) {
  const { track, starting } = devices.camera;
  return (
    <div className={styles.preview}>
      {track ? (
        <VideoView track={track} mirrored fit="cover" label="Your camera" data-testid="preview" />
      ) : (
        <div className={styles.empty}>
          {starting ? <Spinner size={28} /> : <Avatar name={displayName} seed={displayName} size="large" />}
          <p>{starting ? 'Starting the camera…' : 'Your camera is off'}</p>
        </div>
      )}
      <div className={styles.switches}>
        <ToggleButton
          label="Microphone"
          on={microphone.on}
          onIcon={Mic}
          offIcon={MicOff}
          onToggle={microphone.toggle}
          data-testid="toggle-mic"
        />
        <ToggleButton
          label="Camera"
          on={camera.on}
          onIcon={Video}
          offIcon={VideoOff}
          onToggle={camera.toggle}
          data-testid="toggle-camera"
        />
      </div>
    </div>
  );
}
