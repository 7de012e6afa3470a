import { useSyncExternalStore } from 'react';

export type Route =
  | { page: 'home' }
  | { page: 'join'; meeting: string }
  | { page: 'meetings' }
  | { page: 'schedule' }
  | { page: 'edit'; meeting: string }
  | { page: 'api-keys' }
  | { page: 'sign-in' }
  | { page: 'unknown' };

export const paths = {
  home: '/',
  meetings: '/meetings',
  schedule: '/meetings/new',
  apiKeys: '/api-keys',
  signIn: '/sign-in',
} as const;

const PAGES: Readonly<Record<string, Route>> = {
  [paths.home]: { page: 'home' },
  [paths.meetings]: { page: 'meetings' },
  [paths.schedule]: { page: 'schedule' },
  [paths.apiKeys]: { page: 'api-keys' },
  [paths.signIn]: { page: 'sign-in' },
};

/** `meeting` is a code or an id, as it stands in the address. */
export function parseRoute(pathname: string): Route {
  const path = pathname.replace(/(?<=[^/])\/$/, '');
  const known = Object.hasOwn(PAGES, path) ? PAGES[path] : undefined;
  if (known) return known;
  const joined = /^\/j\/([^/]+)$/.exec(path)?.[1];
  if (joined !== undefined) return { page: 'join', meeting: joined };
  const edited = /^\/meetings\/([^/]+)\/edit$/.exec(path)?.[1];
  if (edited !== undefined) return { page: 'edit', meeting: edited };
  return { page: 'unknown' };
}

export function joinPath(meeting: string): string {
  return `/j/${meeting}`;
}

export function editPath(meeting: string): string {
  return `/meetings/${meeting}/edit`;
}

export function joinLink(meeting: string): string {
  return new URL(joinPath(meeting), window.location.origin).href;
}

export function navigate(path: string): void {
  window.history.pushState(null, '', path);
  // pushState is silent, and the pages listen to the one event that going back raises.
  window.dispatchEvent(new PopStateEvent('popstate'));
  window.scrollTo(0, 0);
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('popstate', listener);
  return () => window.removeEventListener('popstate', listener);
}

export function useRoute(): Route {
  const pathname = useSyncExternalStore(subscribe, () => window.location.pathname);
  return parseRoute(pathname);
}
