import { type ReactNode, useEffect } from 'react';
import { useSession } from '../account/session.ts';
import { DeviceSettings } from '../devices/device-settings.tsx';
import { LevelMeter } from '../devices/level-meter.tsx';
import type { LocalMedia, LocalMediaSnapshot } from '../devices/local-media.ts';
import { loadInMeeting } from '../meeting/load-in-meeting.ts';
import { useMeetingInfo } from '../meetings/use-meeting-info.ts';
import { hostKeyFor } from '../preferences/host-keys.ts';
import type { Preferences } from '../preferences/preferences.ts';
import type { ChangePreferences } from '../preferences/use-preferences.ts';
import { PageHeader } from '../ui/page-header.tsx';
import styles from './device-check-page.module.css';
import { DeviceProblems } from './device-problems.tsx';
import { JoinCard } from './join-card.tsx';
import { Preview } from './preview.tsx';
import { useDeviceSwitches } from './use-device-switches.ts';
import { type Joined, useJoin } from './use-join.ts';

type Props = {
  meetingRef: string;
  password: string;
  onPassword: (password: string) => void;
  preferences: Preferences;
  onPreferences: ChangePreferences;
  media: LocalMedia;
  devices: LocalMediaSnapshot;
  /** Shown instead when there is no such meeting. */
  unknown: ReactNode;
  onJoined: (joined: Joined, audioOnly: boolean) => void;
};

/**
 * Milliseconds. Whoever is quick to join still joins with the devices that are starting; whoever leaves the
 * browser's question unanswered joins without them.
 */
const DEVICE_START_MS = 3_000;

export function DeviceCheckPage(props: Props) {
  const { meetingRef, password, preferences, onPreferences, media, devices } = props;
  const [info, retry] = useMeetingInfo(meetingRef);
  const { microphone, camera } = useDeviceSwitches(media, devices, preferences, onPreferences);
  const { joining, failure, join } = useJoin();
  useOwnName(preferences, onPreferences);
  useEffect(() => {
    // Should it fail, joining fetches it again and says so.
    loadInMeeting().catch(() => undefined);
  }, []);

  if (info.state === 'unknown' || failure?.code === 'meeting_not_found') return props.unknown;

  async function joinNow(audioOnly: boolean): Promise<void> {
    if (info.state !== 'found') return;
    const hostKey = hostKeyFor(info.meeting.id);
    if (audioOnly) media.release('camera');
    const joined = await join(async () => {
      await media.settled(DEVICE_START_MS);
      const { snapshot } = media;
      return {
        meeting: meetingRef,
        displayName: preferences.displayName.trim(),
        ...(password && { password }),
        ...(hostKey !== undefined && { hostKey }),
        microphone: snapshot.microphone.track,
        camera: snapshot.camera.track,
        startMuted: !preferences.microphoneOn,
        receive: { audioOnly },
      };
    });
    if (joined) props.onJoined(joined, audioOnly);
  }

  const title = info.state === 'found' ? info.meeting.title : 'Meeting';
  return (
    <>
      <title>{`${title} · Meridian`}</title>
      <PageHeader />
      <main className={styles.main}>
        <div className={styles.preview}>
          <Preview
            devices={devices}
            displayName={preferences.displayName}
            microphone={microphone}
            camera={camera}
          />
          <DeviceProblems devices={devices} />
        </div>
        <JoinCard
          className={styles.join}
          info={info}
          onRetry={retry}
          displayName={preferences.displayName}
          onDisplayName={(displayName) => onPreferences({ displayName })}
          password={password}
          onPassword={props.onPassword}
          joining={joining}
          failure={failure}
          onJoin={(audioOnly) => void joinNow(audioOnly)}
        />
        <section className={styles.settings} aria-label="Devices and sound">
          <LevelMeter track={microphone.on ? devices.microphone.track : null} />
          <DeviceSettings preferences={preferences} onChange={onPreferences} media={devices} />
        </section>
      </main>
    </>
  );
}

/** Who is signed in need not type their name, unless they go by another one here. */
function useOwnName(preferences: Preferences, onPreferences: ChangePreferences): void {
  const session = useSession();
  const name = session.state === 'user' ? session.user.name : '';
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it is known who it is
  useEffect(() => {
    if (name !== '' && preferences.displayName === '') onPreferences({ displayName: name });
  }, [name]);
}
