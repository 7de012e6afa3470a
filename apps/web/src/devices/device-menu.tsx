import { ChevronUp, Settings } from 'lucide-react';
import type { Preferences } from '../preferences/preferences.ts';
import type { ChangePreferences } from '../preferences/use-preferences.ts';
import { Menu, MenuHeading, MenuItem, MenuSeparator } from '../ui/menu.tsx';
import styles from './device-menu.module.css';
import { canChooseSpeaker } from './device-settings.tsx';
import type { LocalMediaSnapshot } from './local-media.ts';
import { type Device, useDeviceList } from './use-device-list.ts';

type Props = {
  kind: 'audio' | 'video';
  preferences: Preferences;
  onPreferences: ChangePreferences;
  devices: LocalMediaSnapshot;
  onSettings: () => void;
};

/** Beside a device's button: another microphone, speaker or camera without leaving the stage. */
export function DeviceMenu({ kind, preferences, onPreferences, devices, onSettings }: Props) {
  const { microphones, cameras, speakers } = useDeviceList(devices);
  const { microphone, camera, speaker } = preferences;
  const label = kind === 'audio' ? 'Microphone and speaker' : 'Camera';
  return (
    <Menu
      label={label}
      side="above"
      align="start"
      trigger={(props) => (
        <button
          {...props}
          type="button"
          className={styles.trigger}
          aria-label={`Choose: ${label.toLowerCase()}`}
        >
          <ChevronUp size={14} aria-hidden="true" />
        </button>
      )}
    >
      {kind === 'audio' ? (
        <>
          <DeviceItems
            heading="Microphone"
            devices={microphones}
            chosen={inUse(devices.microphone.track) ?? microphone}
            onChoose={(id) => onPreferences({ microphone: id })}
          />
          {canChooseSpeaker && speakers.length > 0 && (
            <DeviceItems
              heading="Speaker"
              devices={speakers}
              chosen={speaker}
              onChoose={(id) => onPreferences({ speaker: id })}
            />
          )}
        </>
      ) : (
        <DeviceItems
          heading="Camera"
          devices={cameras}
          chosen={inUse(devices.camera.track) ?? camera}
          onChoose={(id) => onPreferences({ camera: id })}
        />
      )}
      <MenuSeparator />
      <MenuItem icon={Settings} onSelect={onSettings}>
        All settings
      </MenuItem>
    </Menu>
  );
}

type ItemsProps = {
  heading: string;
  devices: readonly Device[];
  chosen: string;
  onChoose: (id: string) => void;
};

function DeviceItems({ heading, devices, chosen, onChoose }: ItemsProps) {
  const known = devices.some(({ id }) => id === chosen);
  return (
    <>
      <MenuHeading>{heading}</MenuHeading>
      {devices.length === 0 && (
        <MenuItem disabled onSelect={() => undefined}>
          None found
        </MenuItem>
      )}
      {devices.map(({ id, label }, index) => (
        <MenuItem key={id} checked={known ? id === chosen : index === 0} onSelect={() => onChoose(id)}>
          {label}
        </MenuItem>
      ))}
    </>
  );
}

function inUse(track: MediaStreamTrack | null): string | undefined {
  return track?.getSettings().deviceId;
}
