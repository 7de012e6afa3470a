import { Lock, LockOpen, MicOff, Search, UserRoundX } from 'lucide-react';
import { useId, useState } from 'react';
import { InviteButton } from '../meeting/invite-button.tsx';
import { useMeeting } from '../meeting/meeting-context.ts';
import { SidePanel } from '../meeting/side-panel.tsx';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { ParticipantRow } from './participant-row.tsx';
import styles from './participants-panel.module.css';
import { matching, rosterOrder } from './roster-order.ts';
import { WaitingList } from './waiting-list.tsx';

export function ParticipantsPanel({ onClose }: { onClose: () => void }) {
  const { snapshot } = useMeeting();
  const [query, setQuery] = useState('');
  const id = useId();
  const { participants, capabilities } = snapshot;
  const markGuests = participants.some(({ guest }) => !guest);
  const shown = matching(rosterOrder(participants), query);
  return (
    <SidePanel title="People" onClose={onClose}>
      <div className={styles.top}>
        <label className={styles.search} htmlFor={id}>
          <Search size={16} aria-hidden="true" />
          <span className="visually-hidden">Search people</span>
          <input
            id={id}
            type="search"
            placeholder="Search people"
            autoComplete="off"
            value={query}
            onChange={(event) => setQuery(event.target.value)}
          />
        </label>
        <InviteButton code={snapshot.code} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls has to be reachable by keys */}
      <section className={styles.scroll} tabIndex={0} aria-label="Everybody here">
        <WaitingList />
        <h3 className={styles.label}>In the meeting ({participants.length})</h3>
        <ul>
          {shown.map((participant) => (
            <ParticipantRow key={participant.id} participant={participant} markGuests={markGuests} />
          ))}
        </ul>
        {shown.length === 0 && <EmptyState icon={UserRoundX} title="Nobody of that name" />}
      </section>
      {capabilities.canModerate && <HostFooter />}
    </SidePanel>
  );
}

function HostFooter() {
  const { meeting, snapshot, actions } = useMeeting();
  const { locked } = snapshot;
  const LockIcon = locked ? LockOpen : Lock;
  return (
    <footer className={styles.footer}>
      <Button size="small" onClick={() => actions.open({ dialog: 'mute-all' })} data-testid="mute-all">
        <MicOff size={16} aria-hidden="true" />
        Mute all
      </Button>
      <Button
        size="small"
        aria-pressed={locked}
        onClick={() => actions.run(meeting.setLocked(!locked))}
        data-testid="lock"
      >
        <LockIcon size={16} aria-hidden="true" />
        {locked ? 'Unlock' : 'Lock'}
      </Button>
    </footer>
  );
}
