import type { MouseEvent } from 'react';
import { navigate } from '../router.ts';

/** For links of our own: a plain click does not load the page anew; a click for a new tab still opens one. */
export function followInPage(path: string) {
  return (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(path);
  };
}
