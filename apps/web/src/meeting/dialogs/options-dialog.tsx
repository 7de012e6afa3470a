import type { MeetingSettingsPatch } from '@meridian/protocol';
import { MeetingOptionFields } from '../../schedule/meeting-options.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { SwitchField } from '../../ui/switch-field.tsx';
import { useMeeting } from '../meeting-context.ts';

/** The meeting's settings while it runs. Each change holds at once, for everybody. */
export function OptionsDialog({ onClose }: { onClose: () => void }) {
  const { meeting, snapshot, actions } = useMeeting();
  const change = (patch: MeetingSettingsPatch) => actions.run(meeting.updateSettings(patch));
  return (
    <Dialog title="Meeting options" onClose={onClose} data-testid="options-dialog">
      <SwitchField
        label="Lock the meeting"
        hint="Nobody new gets in, not even to the waiting room."
        checked={snapshot.locked}
        data-testid="option-lock"
        onChange={(locked) => actions.run(meeting.setLocked(locked))}
      />
      <MeetingOptionFields settings={snapshot.settings} onChange={change} />
    </Dialog>
  );
}
