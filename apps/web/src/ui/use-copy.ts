import { useEffect, useState } from 'react';

const CONFIRMATION_MS = 2_000;

/** Copies to the clipboard; `copied` is true for a moment afterwards, for the button to confirm it. */
export function useCopy(text: string): { copied: boolean; failed: boolean; copy: () => void } {
  const [result, setResult] = useState<'copied' | 'failed' | null>(null);

  useEffect(() => {
    if (result === null) return;
    const timer = setTimeout(() => setResult(null), CONFIRMATION_MS);
    return () => clearTimeout(timer);
  }, [result]);

  function copy(): void {
    // Absent on pages that did not come over HTTPS.
    const clipboard: Clipboard | undefined = navigator.clipboard;
    if (clipboard) {
      clipboard.writeText(text).then(
        () => setResult('copied'),
        () => setResult('failed'),
      );
    } else {
      setResult('failed');
    }
  }

  return { copied: result === 'copied', failed: result === 'failed', copy };
}
