import { X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { DeviceSettings } from '../devices/device-settings.tsx';
import { LevelMeter } from '../devices/level-meter.tsx';
import type { LocalMediaSnapshot } from '../devices/local-media.ts';
import type { Preferences } from '../preferences/preferences.ts';
import type { ChangePreferences } from '../preferences/use-preferences.ts';
import { Button } from '../ui/button.tsx';
import styles from './settings-dialog.module.css';

type Props = {
  preferences: Preferences;
  onPreferences: ChangePreferences;
  devices: LocalMediaSnapshot;
  microphoneOn: boolean;
  onClose: () => void;
};

export function SettingsDialog({ preferences, onPreferences, devices, microphoneOn, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    // As a modal it keeps the focus inside and closes on Escape by itself.
    dialog.current?.showModal();
  }, []);

  return (
    <dialog ref={dialog} className={styles.dialog} onClose={onClose} aria-labelledby="settings-title">
      <header className={styles.header}>
        <h2 id="settings-title" className={styles.title}>
          Devices and sound
        </h2>
        <Button look="quiet" size="small" aria-label="Close" onClick={() => dialog.current?.close()}>
          <X size={20} aria-hidden="true" />
        </Button>
      </header>
      <LevelMeter track={microphoneOn ? devices.microphone.track : null} />
      <DeviceSettings preferences={preferences} onChange={onPreferences} media={devices} />
    </dialog>
  );
}
