import { PageHeader } from '../ui/page-header.tsx';
import { HeroArt } from './hero-art.tsx';
import styles from './home-page.module.css';
import { JoinForm } from './join-form.tsx';
import { NewMeeting } from './new-meeting.tsx';
import { ScheduleSection } from './schedule-section.tsx';

export function HomePage() {
  return (
    <>
      <title>Meridian · Video meetings</title>
      <PageHeader />
      <main className={styles.main}>
        <section className={styles.intro}>
          <h1 className={styles.promise}>Everyone in one room, wherever they are.</h1>
          <p className={styles.explanation}>
            Meridian is video meetings that start in a second and stay up when networks do not. No account,
            nothing to install.
          </p>
          <div className={styles.actions}>
            <NewMeeting />
            <JoinForm />
          </div>
          <ScheduleSection />
        </section>
        <div className={styles.art}>
          <HeroArt />
        </div>
      </main>
    </>
  );
}
