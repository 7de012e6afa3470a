import type { ReactNode } from 'react';
import { AccountMenu } from '../account/account-menu.tsx';
import { useSession } from '../account/session.ts';
import { paths } from '../router.ts';
import { Brand } from './brand.tsx';
import { LinkButton } from './button.tsx';
import styles from './page-header.module.css';

type Props = {
  /** Where signing in comes back to; the page itself by default. */
  returnTo?: string;
  children?: ReactNode;
};

export function PageHeader({ returnTo = window.location.pathname, children }: Props) {
  const session = useSession();
  return (
    <header className={styles.header}>
      <Brand />
      <div className={styles.side}>
        {children}
        {session.state === 'user' && (
          <LinkButton look="quiet" size="small" href={paths.meetings} className={styles.wide}>
            Meetings
          </LinkButton>
        )}
        {session.state === 'guest' && session.signInAvailable && (
          <LinkButton
            size="small"
            href={`${paths.signIn}?${new URLSearchParams({ return_to: returnTo })}`}
            data-testid="sign-in"
          >
            Sign in
          </LinkButton>
        )}
        {session.state !== 'loading' && <AccountMenu session={session} />}
      </div>
    </header>
  );
}
