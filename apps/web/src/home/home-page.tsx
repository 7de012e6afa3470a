import { CalendarPlus } from 'lucide-react';
import { useSession } from '../account/session.ts';
import { paths } from '../router.ts';
import { LinkButton } from '../ui/button.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { HeroArt } from './hero-art.tsx';
import styles from './home-page.module.css';
import { JoinForm } from './join-form.tsx';
import { NewMeeting } from './new-meeting.tsx';
import { UpcomingCard } from './upcoming-card.tsx';

export function HomePage() {
  const session = useSession();
  const user = session.state === 'user' ? session.user : null;
  return (
    <div className={styles.page}>
      <title>Meridian · Video meetings</title>
      <PageHeader />
      <main className={styles.main}>
        <section className={styles.intro}>
          {user ? (
            <>
              <h1 className={styles.greeting}>{greeting(new Date(), user.name)}</h1>
              <p className={styles.explanation}>Start a meeting now, or join one you were invited to.</p>
            </>
          ) : (
            <>
              <h1 className={styles.promise}>Everyone in one room, wherever they are.</h1>
              <p className={styles.explanation}>
                Video meetings that start in a second and stay up when networks do not. Nothing to install; no
                account needed to join.
              </p>
            </>
          )}
          <div className={styles.actions}>
            <NewMeeting />
            <JoinForm />
          </div>
          <LinkButton look="quiet" href={paths.schedule} className={styles.schedule} data-testid="schedule">
            <CalendarPlus size={18} aria-hidden="true" />
            Schedule for later
          </LinkButton>
        </section>
        {user ? (
          <UpcomingCard />
        ) : (
          <div className={styles.art}>
            <HeroArt />
          </div>
        )}
      </main>
    </div>
  );
}

function greeting(now: Date, name: string): string {
  const hour = now.getHours();
  const part = hour < 5 ? 'evening' : hour < 12 ? 'morning' : hour < 18 ? 'afternoon' : 'evening';
  return `Good ${part}, ${name.trim().split(/\s+/)[0]}`;
}
