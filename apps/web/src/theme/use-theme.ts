import { useState } from 'react';
import { applyTheme, storedTheme, type Theme } from './theme.ts';

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(storedTheme);
  function change(next: Theme): void {
    applyTheme(next);
    setTheme(next);
  }
  return [theme, change];
}
