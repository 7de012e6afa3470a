import type { CreateApiKeyResponse, Scope } from '@meridian/protocol';
import { type FormEvent, useId, useState } from 'react';
import { loadApi } from '../api.ts';
import { errorText } from '../error-text.ts';
import { Button } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Notice } from '../ui/notice.tsx';
import { SelectField } from '../ui/select-field.tsx';
import { TextField } from '../ui/text-field.tsx';
import styles from './api-keys-page.module.css';
import { SCOPE_TEXTS } from './scope-texts.ts';

type Props = {
  /** Those that the visitor may give away. */
  scopes: readonly Scope[];
  onCreated: (key: CreateApiKeyResponse) => void;
  onClose: () => void;
};

const LIVES = [
  ['', 'Until it is revoked'],
  ['30', 'For 30 days'],
  ['90', 'For 90 days'],
  ['365', 'For a year'],
] as const;

const DAY_MS = 24 * 60 * 60_000;

export function NewKeyDialog({ scopes, onCreated, onClose }: Props) {
  const id = useId();
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<readonly Scope[]>(['meetings:read', 'meetings:write']);
  const [days, setDays] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [made, setMade] = useState<CreateApiKeyResponse | null>(null);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const api = await loadApi();
      const expires =
        days === '' ? {} : { expires_at: new Date(Date.now() + Number(days) * DAY_MS).toISOString() };
      const key = await api.createApiKey({ name: name.trim(), scopes: [...chosen], ...expires });
      onCreated(key);
      setMade(key);
    } catch (cause) {
      setError(errorText(cause));
    } finally {
      setBusy(false);
    }
  }

  if (made) {
    return (
      <Dialog
        title="Your new key"
        onClose={onClose}
        actions={
          <Button look="primary" onClick={onClose}>
            Done
          </Button>
        }
      >
        <Notice tone="warning">Copy it now: it is not shown again.</Notice>
        <p className={styles.secret} data-testid="api-key">
          {made.key}
        </p>
        <CopyButton text={made.key} label="Copy key" size="medium" />
      </Dialog>
    );
  }
  return (
    <Dialog
      title="New API key"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form={id}
            look="primary"
            busy={busy}
            disabled={chosen.length === 0}
            data-testid="create-key"
          >
            Create
          </Button>
        </>
      }
    >
      <form id={id} className={styles.form} onSubmit={submit}>
        <TextField
          label="Name"
          placeholder="What is it for?"
          required
          maxLength={100}
          autoComplete="off"
          value={name}
          data-testid="key-name"
          onChange={(event) => setName(event.target.value)}
        />
        <fieldset>
          <legend className={styles.legend}>It may</legend>
          {scopes.map((scope) => (
            <label key={scope} className={styles.scope}>
              <input
                type="checkbox"
                checked={chosen.includes(scope)}
                onChange={({ target }) =>
                  setChosen((before) =>
                    target.checked ? [...before, scope] : before.filter((each) => each !== scope),
                  )
                }
              />
              <span>{SCOPE_TEXTS[scope]}</span>
              <code className={styles.prefix}>{scope}</code>
            </label>
          ))}
        </fieldset>
        <SelectField label="Good" value={days} onChange={(event) => setDays(event.target.value)}>
          {LIVES.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </SelectField>
        {error && <Notice tone="danger">{error}</Notice>}
      </form>
    </Dialog>
  );
}
