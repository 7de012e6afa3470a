import { Video } from 'lucide-react';
import { useCreateMeeting } from '../meetings/use-create-meeting.ts';
import { joinPath, navigate } from '../router.ts';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import styles from './new-meeting.module.css';

export function NewMeeting() {
  const { creating, error, create } = useCreateMeeting();

  async function start(): Promise<void> {
    const meeting = await create({ type: 'instant' });
    if (meeting) navigate(joinPath(meeting.code));
  }

  return (
    <div className={styles.newMeeting}>
      <Button look="primary" size="large" busy={creating} onClick={start} data-testid="new-meeting">
        {!creating && <Video size={20} aria-hidden="true" />}
        New meeting
      </Button>
      {error && (
        <Notice tone="danger" data-testid="error">
          {error}
        </Notice>
      )}
    </div>
  );
}
