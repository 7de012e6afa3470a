import type { ParticipantView } from '@meridian/client';
import { type FormEvent, useId, useState } from 'react';
import { errorText } from '../../error-text.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { TEXT_LIMITS } from '../../ui/text-limits.ts';
import { useMeeting } from '../meeting-context.ts';

type Props = { participant: ParticipantView; onClose: () => void };

export function RenameDialog({ participant, onClose }: Props) {
  const { meeting } = useMeeting();
  const id = useId();
  const [name, setName] = useState(participant.displayName);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await meeting.rename(name.trim(), participant.isSelf ? undefined : participant.id);
      onClose();
    } catch (cause) {
      setError(errorText(cause));
      setBusy(false);
    }
  }

  return (
    <Dialog
      title={participant.isSelf ? 'Your name' : `Rename ${participant.displayName}`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={id} look="primary" busy={busy} data-testid="rename-go">
            Rename
          </Button>
        </>
      }
    >
      <form id={id} onSubmit={submit}>
        <TextField
          label="Name"
          hint="Everybody in this meeting sees it."
          error={error}
          required
          pattern=".*\S.*"
          autoComplete="off"
          maxLength={TEXT_LIMITS.displayName}
          value={name}
          data-testid="new-name"
          onChange={(event) => setName(event.target.value)}
        />
      </form>
    </Dialog>
  );
}
