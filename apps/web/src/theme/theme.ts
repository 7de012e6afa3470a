import { readStored, writeStored } from '../preferences/local-storage.ts';

/** `system` follows the machine; the other two are the visitor's own choice for this browser. */
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** public/theme.js reads the same, before anything else runs. */
const KEY = 'meridian.theme';

export function storedTheme(): Theme {
  return parseTheme(readStored(KEY));
}

export function parseTheme(stored: string | null): Theme {
  return THEMES.find((theme) => theme === stored) ?? 'system';
}

/** Takes a theme into use and remembers it. */
export function applyTheme(theme: Theme): void {
  writeStored(KEY, theme);
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
