// Before the first paint, so that nobody who chose dark is flashed with light. See src/theme/theme.ts.
try {
  const theme = localStorage.getItem('meridian.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be refused; then the system's theme it is.
}
