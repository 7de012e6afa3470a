import type { ApiKey, CreateApiKeyResponse, Scope } from '@meridian/protocol';
import { KeyRound, Plus } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { RequireSignIn } from '../account/require-sign-in.tsx';
import { useSession } from '../account/session.ts';
import { loadApi } from '../api.ts';
import { errorText } from '../error-text.ts';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Notice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';
import { SkeletonRows } from '../ui/skeleton.tsx';
import { ApiKeyRow } from './api-key-row.tsx';
import styles from './api-keys-page.module.css';
import { NewKeyDialog } from './new-key-dialog.tsx';

export default function ApiKeysPage() {
  return (
    <Page title="API keys" lead="For programs that schedule meetings and receive events on your behalf.">
      <RequireSignIn reason="Sign in to make and revoke API keys.">
        <Keys />
      </RequireSignIn>
    </Page>
  );
}

type State = { state: 'loading' } | { state: 'ready'; keys: ApiKey[] } | { state: 'failed'; text: string };

function Keys() {
  const session = useSession();
  const scopes: Scope[] = session.state === 'user' ? session.scopes : [];
  const [list, setList] = useState<State>({ state: 'loading' });
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);

  const load = useCallback(async () => {
    try {
      const api = await loadApi();
      setList({ state: 'ready', keys: (await api.listApiKeys()).items });
    } catch (error) {
      setList({ state: 'failed', text: errorText(error) });
    }
  }, []);
  useEffect(() => void load(), [load]);

  function created({ key: _secret, ...key }: CreateApiKeyResponse): void {
    setList((before) =>
      before.state === 'ready' ? { state: 'ready', keys: [key, ...before.keys] } : before,
    );
  }

  async function revoke(key: ApiKey): Promise<void> {
    const api = await loadApi();
    await api.revokeApiKey(key.id);
    await load();
  }

  if (list.state === 'loading') return <SkeletonRows rows={3} label="Loading your API keys" />;
  if (list.state === 'failed') {
    return (
      <Notice
        tone="danger"
        data-testid="error"
        action={
          <Button size="small" onClick={() => void load()}>
            Try again
          </Button>
        }
      >
        {list.text}
      </Notice>
    );
  }
  const add = (
    <Button look="primary" onClick={() => setCreating(true)} data-testid="new-key">
      <Plus size={18} aria-hidden="true" />
      New key
    </Button>
  );
  return (
    <>
      {list.keys.length === 0 ? (
        <EmptyState icon={KeyRound} title="No keys yet" action={add}>
          A key lets a program do what you choose, and can be revoked at any time.
        </EmptyState>
      ) : (
        <>
          <ul className={styles.list}>
            {list.keys.map((key) => (
              <ApiKeyRow key={key.id} apiKey={key} onRevoke={() => setRevoking(key)} />
            ))}
          </ul>
          <div>{add}</div>
        </>
      )}
      {creating && <NewKeyDialog scopes={scopes} onCreated={created} onClose={() => setCreating(false)} />}
      {revoking && (
        <ConfirmDialog
          title="Revoke this key?"
          action="Revoke"
          danger
          onConfirm={() => revoke(revoking)}
          onClose={() => setRevoking(null)}
        >
          Programs that use “{revoking.name}” are refused from now on. This cannot be undone.
        </ConfirmDialog>
      )}
    </>
  );
}
