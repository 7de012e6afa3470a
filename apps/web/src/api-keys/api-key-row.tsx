import type { ApiKey } from '@meridian/protocol';
import { Button } from '../ui/button.tsx';
import styles from './api-keys-page.module.css';
import { SCOPE_TEXTS } from './scope-texts.ts';

export function ApiKeyRow({ apiKey, onRevoke }: { apiKey: ApiKey; onRevoke: () => void }) {
  const { name, prefix, scopes, created_at, last_used_at, expires_at } = apiKey;
  return (
    <li className={styles.row} data-testid="api-key-row">
      <div className={styles.what}>
        <p className={styles.name}>
          {name} <code className={styles.prefix}>{prefix}…</code>
        </p>
        <p className={styles.facts}>{scopes.map((scope) => SCOPE_TEXTS[scope]).join(' · ')}</p>
        <p className={styles.facts}>
          Made {dateText(created_at)},{' '}
          {last_used_at === null ? 'never used' : `last used ${dateText(last_used_at)}`}
          {expires_at !== null && `, expires ${dateText(expires_at)}`}
        </p>
      </div>
      <Button size="small" onClick={onRevoke} aria-label={`Revoke ${name}`} data-testid="revoke-key">
        Revoke
      </Button>
    </li>
  );
}

function dateText(iso: string): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' }).format(new Date(iso));
}
