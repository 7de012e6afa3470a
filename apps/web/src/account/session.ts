import type { AuthSession } from '@meridian/protocol';
import { useSyncExternalStore } from 'react';
import { loadApi } from '../api.ts';

export type Session =
  | { state: 'loading' }
  | { state: 'guest'; signInAvailable: boolean }
  | { state: 'user'; user: NonNullable<AuthSession['user']>; scopes: AuthSession['scopes'] };

/** Who uses this browser. One for the whole app: every page's header asks. */
let session: Session = { state: 'loading' };
let asked = false;
const listeners = new Set<() => void>();

export function useSession(): Session {
  return useSyncExternalStore(subscribe, () => session);
}

/** Ends the session on this browser. Rejects with MeridianError. */
export async function signOut(): Promise<void> {
  const api = await loadApi();
  await api.signOut();
  set({ state: 'guest', signInAvailable: true });
}

/** Sends the browser to sign in; it comes back to `returnTo`, a path of this site. */
export function signInLink(returnTo: string): string {
  return `/api/v1/auth/sign-in?${new URLSearchParams({ return_to: returnTo })}`;
}

/** The session was refused: whoever was signed in is not any more. */
export function forgetSession(): void {
  set({ state: 'guest', signInAvailable: true });
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (!asked) void ask();
  return () => listeners.delete(listener);
}

async function ask(): Promise<void> {
  asked = true;
  try {
    const api = await loadApi();
    const { user, scopes, sign_in_available } = await api.getSession();
    set(user ? { state: 'user', user, scopes } : { state: 'guest', signInAvailable: sign_in_available });
  } catch {
    // Meetings work without an account; the next page that loads asks again.
    asked = false;
    set({ state: 'guest', signInAvailable: false });
  }
}

function set(next: Session): void {
  session = next;
  for (const listener of listeners) listener();
}
