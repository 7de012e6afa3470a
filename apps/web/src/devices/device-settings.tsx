import type { Preferences } from '../preferences/preferences.ts';
import type { ChangePreferences } from '../preferences/use-preferences.ts';
import { SelectField } from '../ui/select-field.tsx';
import { SwitchField } from '../ui/switch-field.tsx';
import styles from './device-settings.module.css';
import type { LocalMediaSnapshot } from './local-media.ts';
import { type Device, useDeviceList } from './use-device-list.ts';

type Props = { preferences: Preferences; onChange: ChangePreferences; media: LocalMediaSnapshot };

/** Which devices, and what is done to the sound. The same before and during a meeting. */
export function DeviceSettings({ preferences, onChange, media }: Props) {
  const { microphones, cameras, speakers } = useDeviceList(media);
  return (
    <div className={styles.settings}>
      <DeviceSelect
        label="Camera"
        devices={cameras}
        value={inUse(media.camera.track) ?? preferences.camera}
        onChange={(camera) => onChange({ camera })}
      />
      <DeviceSelect
        label="Microphone"
        devices={microphones}
        value={inUse(media.microphone.track) ?? preferences.microphone}
        onChange={(microphone) => onChange({ microphone })}
      />
      {canChooseSpeaker && speakers.length > 0 && (
        <DeviceSelect
          label="Speaker"
          devices={speakers}
          value={preferences.speaker}
          onChange={(speaker) => onChange({ speaker })}
        />
      )}
      <SwitchField
        label="Noise suppression"
        hint="Keeps fans, typing and traffic out. Switch it off for music."
        checked={preferences.noiseSuppression}
        data-testid="noise-suppression"
        onChange={(noiseSuppression) => onChange({ noiseSuppression })}
      />
    </div>
  );
}

export const canChooseSpeaker = 'setSinkId' in HTMLMediaElement.prototype;

function inUse(track: MediaStreamTrack | null): string | undefined {
  return track?.getSettings().deviceId;
}

type DeviceSelectProps = {
  label: string;
  devices: readonly Device[];
  value: string;
  onChange: (id: string) => void;
};

function DeviceSelect({ label, devices, value, onChange }: DeviceSelectProps) {
  const known = devices.some((device) => device.id === value);
  return (
    <SelectField
      label={label}
      value={known ? value : ''}
      disabled={devices.length === 0}
      onChange={(event) => onChange(event.target.value)}
    >
      {!known && <option value="">{devices.length === 0 ? 'None found' : 'System default'}</option>}
      {devices.map(({ id, label: name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </SelectField>
  );
}
