import type { MeetingSnapshot, MeetingStatus } from '@meridian/client';
import { Preview } from '../device-check/preview.tsx';
import { LevelMeter } from '../devices/level-meter.tsx';
import type { OwnDevices } from '../meeting/use-own-devices.ts';
import { Button } from '../ui/button.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import styles from './waiting-page.module.css';
import { waitingText } from './waiting-text.ts';

type Props = {
  status: Extract<MeetingStatus, { status: 'waiting' }>;
  snapshot: MeetingSnapshot;
  own: OwnDevices;
  onLeave: () => void;
};

/** At the door. Devices stay as they are and can still be changed, so that going in is a single step. */
export function WaitingPage({ status, snapshot, own, onLeave }: Props) {
  const { devices, microphone, camera } = own;
  const { self } = snapshot;
  const { heading, text } = waitingText(status);
  return (
    <div className={styles.page} data-testid="waiting" data-reason={status.reason}>
      <title>{`Waiting · ${status.title} · Meridian`}</title>
      <PageHeader />
      <main className={styles.main}>
        <div className={styles.said} role="status">
          <span className={styles.pulse} aria-hidden="true" />
          <h1 className={styles.heading}>{heading}</h1>
          <p className={styles.meeting} data-testid="meeting-title">
            {status.title}
          </p>
          <p className={styles.text}>{text}</p>
        </div>
        <div className={styles.preview}>
          <Preview
            devices={devices}
            displayName={self.displayName}
            microphone={{ on: self.audio, toggle: microphone.toggle }}
            camera={{ on: devices.camera.track !== null || devices.camera.starting, toggle: camera.toggle }}
          />
          <LevelMeter track={self.audio ? devices.microphone.track : null} />
        </div>
        <Button onClick={onLeave} data-testid="leave">
          Leave
        </Button>
      </main>
    </div>
  );
}
