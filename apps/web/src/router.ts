import { useSyncExternalStore } from 'react';

export type Route = { page: 'home' } | { page: 'join'; meeting: string } | { page: 'unknown' };

/** `meeting` is a code or an id, as it stands in the address. */
export function parseRoute(pathname: string): Route {
  if (pathname === '/' || pathname === '') return { page: 'home' };
  const meeting = /^\/j\/([^/]+)\/?$/.exec(pathname)?.[1];
  return meeting === undefined ? { page: 'unknown' } : { page: 'join', meeting };
}

export function joinPath(meeting: string): string {
  return `/j/${meeting}`;
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
