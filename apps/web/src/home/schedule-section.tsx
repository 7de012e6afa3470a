import type { CreateMeetingResponse } from '@meridian/protocol';
import { CalendarPlus } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../ui/button.tsx';
import { ScheduleCard } from './schedule-card.tsx';
import styles from './schedule-section.module.css';
import { ScheduledCard } from './scheduled-card.tsx';

type Step = { step: 'closed' } | { step: 'form' } | { step: 'done'; meeting: CreateMeetingResponse };

/** Planning ahead, kept out of the way of those who want to meet now. */
export function ScheduleSection() {
  const [state, setState] = useState<Step>({ step: 'closed' });

  switch (state.step) {
    case 'closed':
      return (
        <div className={styles.closed}>
          <Button look="quiet" onClick={() => setState({ step: 'form' })} data-testid="schedule">
            <CalendarPlus size={18} aria-hidden="true" />
            Schedule for later
          </Button>
        </div>
      );
    case 'form':
      return (
        <ScheduleCard
          onScheduled={(meeting) => setState({ step: 'done', meeting })}
          onCancel={() => setState({ step: 'closed' })}
        />
      );
    case 'done':
      return <ScheduledCard meeting={state.meeting} onDone={() => setState({ step: 'closed' })} />;
  }
}
