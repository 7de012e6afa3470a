import { DeviceSettings } from '../../devices/device-settings.tsx';
import { LevelMeter } from '../../devices/level-meter.tsx';
import type { LocalMediaSnapshot } from '../../devices/local-media.ts';
import type { Preferences } from '../../preferences/preferences.ts';
import type { ChangePreferences } from '../../preferences/use-preferences.ts';
import { THEMES, type Theme } from '../../theme/theme.ts';
import { useTheme } from '../../theme/use-theme.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { VideoView } from '../../ui/video-view.tsx';
import styles from './dialogs.module.css';

type Props = {
  preferences: Preferences;
  onPreferences: ChangePreferences;
  devices: LocalMediaSnapshot;
  microphoneOn: boolean;
  onClose: () => void;
};

const THEME_NAMES: Record<Theme, string> = { system: 'System', light: 'Light', dark: 'Dark' };

export function SettingsDialog({ preferences, onPreferences, devices, microphoneOn, onClose }: Props) {
  const [theme, setTheme] = useTheme();
  const camera = devices.camera.track;
  return (
    <Dialog title="Settings" onClose={onClose} wide data-testid="settings-dialog">
      {camera && (
        <div className={styles.preview}>
          <VideoView track={camera} mirrored fit="cover" label="Your camera" />
        </div>
      )}
      <LevelMeter track={microphoneOn ? devices.microphone.track : null} />
      <DeviceSettings preferences={preferences} onChange={onPreferences} media={devices} />
      <div className={styles.appearance}>
        <span>Appearance</span>
        <Segmented
          legend="Appearance"
          options={THEMES.map((value) => ({ value, label: THEME_NAMES[value] }))}
          value={theme}
          onChange={setTheme}
        />
      </div>
    </Dialog>
  );
}
