import { SelectField } from '../ui/select-field.tsx';
import { SwitchField } from '../ui/switch-field.tsx';
import { TextField } from '../ui/text-field.tsx';
import styles from './meeting-options.module.css';
import type { MeetingOptions } from './schedule-form.ts';

type Props = { settings: MeetingOptions; onChange: (change: Partial<MeetingOptions>) => void };

/** Who gets in, and what they may do then. The same before a meeting and for its host during it. */
export function MeetingOptionFields({ settings, onChange }: Props) {
  return (
    <>
      <fieldset className={styles.group}>
        <legend className={styles.legend}>Getting in</legend>
        <SwitchField
          label="Waiting room"
          hint="A host lets people in, one by one or all at once."
          checked={settings.waiting_room}
          data-testid="option-waiting-room"
          onChange={(waiting_room) => onChange({ waiting_room })}
        />
        <SwitchField
          label="Guests"
          hint="People without an account may join."
          checked={settings.allow_guests}
          onChange={(allow_guests) => onChange({ allow_guests })}
        />
        <SwitchField
          label="Join before the host"
          hint="Otherwise people wait until a host is there."
          checked={settings.join_before_host}
          onChange={(join_before_host) => onChange({ join_before_host })}
        />
      </fieldset>
      <fieldset className={styles.group}>
        <legend className={styles.legend}>Talking and showing</legend>
        <SwitchField
          label="Mute on entry"
          hint="People arrive with the microphone off."
          checked={settings.mute_on_entry}
          onChange={(mute_on_entry) => onChange({ mute_on_entry })}
        />
        <SwitchField
          label="People may unmute themselves"
          checked={settings.allow_unmute}
          onChange={(allow_unmute) => onChange({ allow_unmute })}
        />
        <SelectField
          label="Screen sharing"
          value={settings.allow_screen_share}
          onChange={(event) =>
            onChange({ allow_screen_share: event.target.value === 'host' ? 'host' : 'all' })
          }
        >
          <option value="all">Everyone</option>
          <option value="host">Hosts only</option>
        </SelectField>
      </fieldset>
      <fieldset className={styles.group}>
        <legend className={styles.legend}>Chat</legend>
        <SelectField
          label="People may write to"
          value={settings.allow_chat}
          onChange={(event) => onChange({ allow_chat: chatPolicy(event.target.value) })}
        >
          <option value="all">Everyone</option>
          <option value="hosts">Hosts only</option>
          <option value="none">Nobody</option>
        </SelectField>
        <SwitchField
          label="Private messages"
          hint="People may write to one person alone."
          checked={settings.allow_private_chat}
          onChange={(allow_private_chat) => onChange({ allow_private_chat })}
        />
      </fieldset>
    </>
  );
}

/** Only before the meeting: nobody is sent away by a lower number. */
export function MaxParticipantsField({ settings, onChange }: Props) {
  return (
    <TextField
      label="Most people at once"
      type="number"
      inputMode="numeric"
      required
      min={2}
      max={1000}
      value={Number.isNaN(settings.max_participants) ? '' : settings.max_participants}
      onChange={(event) => onChange({ max_participants: event.target.valueAsNumber })}
    />
  );
}

function chatPolicy(value: string): MeetingOptions['allow_chat'] {
  return value === 'hosts' || value === 'none' ? value : 'all';
}
