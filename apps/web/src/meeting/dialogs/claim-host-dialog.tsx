import { type FormEvent, useId, useState } from 'react';
import { errorText } from '../../error-text.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { useMeeting } from '../meeting-context.ts';

export function ClaimHostDialog({ onClose }: { onClose: () => void }) {
  const { meeting, actions } = useMeeting();
  const id = useId();
  const [key, setKey] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await meeting.claimHost(key.trim());
      actions.say('You are the host now');
      onClose();
    } catch (cause) {
      setError(errorText(cause));
      setBusy(false);
    }
  }

  return (
    <Dialog
      title="I am the host"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={id} look="primary" busy={busy} data-testid="claim-host-go">
            Become host
          </Button>
        </>
      }
    >
      <form id={id} onSubmit={submit}>
        <TextField
          label="Host key"
          hint="It was shown when the meeting was created."
          error={error}
          required
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          maxLength={128}
          value={key}
          data-testid="host-key"
          onChange={(event) => setKey(event.target.value)}
        />
      </form>
    </Dialog>
  );
}
