import { CalendarDays, KeyRound, LogOut, Monitor, Moon, Settings, Sun } from 'lucide-react';
import { useState } from 'react';
import { errorText } from '../error-text.ts';
import { navigate, paths } from '../router.ts';
import type { Theme } from '../theme/theme.ts';
import { useTheme } from '../theme/use-theme.ts';
import { Avatar } from '../ui/avatar.tsx';
import { IconButton } from '../ui/button.tsx';
import { Menu, MenuHeading, MenuItem, MenuLink, MenuSeparator } from '../ui/menu.tsx';
import styles from './account-menu.module.css';
import { type Session, signOut } from './session.ts';

const THEME_ITEMS = [
  { theme: 'system', label: 'Like the system', icon: Monitor },
  { theme: 'light', label: 'Light', icon: Sun },
  { theme: 'dark', label: 'Dark', icon: Moon },
] as const satisfies { theme: Theme; label: string; icon: unknown }[];

/** Who is signed in and what is theirs; for everybody, light or dark. */
export function AccountMenu({ session }: { session: Session }) {
  const [theme, setTheme] = useTheme();
  const [error, setError] = useState<string | null>(null);

  async function leave(): Promise<void> {
    try {
      await signOut();
      navigate(paths.home);
    } catch (cause) {
      setError(errorText(cause));
    }
  }

  const user = session.state === 'user' ? session.user : null;
  return (
    <>
      <Menu
        label={user ? 'Account' : 'Settings'}
        align="end"
        trigger={(props) =>
          user ? (
            <button {...props} type="button" className={styles.account} data-testid="account">
              <span className="visually-hidden">Account of {user.name}</span>
              <Avatar name={user.name} seed={user.id} size="small" />
            </button>
          ) : (
            <IconButton {...props} size="medium" label="Settings" data-testid="appearance">
              <Settings size={20} aria-hidden="true" />
            </IconButton>
          )
        }
      >
        {user && (
          <>
            <div role="presentation" className={styles.who}>
              <span className={styles.name}>{user.name}</span>
              {user.email !== undefined && <span className={styles.email}>{user.email}</span>}
            </div>
            <MenuSeparator />
            <MenuLink href={paths.meetings} icon={CalendarDays} onFollow={navigate}>
              Your meetings
            </MenuLink>
            <MenuLink href={paths.apiKeys} icon={KeyRound} onFollow={navigate}>
              API keys
            </MenuLink>
            <MenuSeparator />
          </>
        )}
        <MenuHeading>Appearance</MenuHeading>
        {THEME_ITEMS.map(({ theme: each, label, icon }) => (
          <MenuItem key={each} icon={icon} checked={theme === each} onSelect={() => setTheme(each)}>
            {label}
          </MenuItem>
        ))}
        {user && (
          <>
            <MenuSeparator />
            <MenuItem icon={LogOut} onSelect={leave} data-testid="sign-out">
              Sign out
            </MenuItem>
          </>
        )}
      </Menu>
      {error !== null && (
        <p role="alert" className={styles.error}>
          {error}
        </p>
      )}
    </>
  );
}
