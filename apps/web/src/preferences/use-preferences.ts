import { useCallback, useState } from 'react';
import { readStored, writeStored } from './local-storage.ts';
import { type Preferences, parsePreferences } from './preferences.ts';

const KEY = 'meridian.preferences';

export type ChangePreferences = (change: Partial<Preferences>) => void;

export function usePreferences(): [Preferences, ChangePreferences] {
  const [preferences, setPreferences] = useState(() => parsePreferences(readStored(KEY)));
  const change = useCallback((part: Partial<Preferences>) => {
    // Read anew: another tab may have changed something else meanwhile.
    const next = { ...parsePreferences(readStored(KEY)), ...part };
    writeStored(KEY, JSON.stringify(next));
    setPreferences((current) => ({ ...current, ...part }));
  }, []);
  return [preferences, change];
}
