import { Check, Copy } from 'lucide-react';
import { Button } from './button.tsx';
import { useCopy } from './use-copy.ts';

type Props = { text: string; label: string; 'data-testid'?: string };

export function CopyButton({ text, label, 'data-testid': testId }: Props) {
  const { copied, failed, copy } = useCopy(text);
  return (
    <Button size="small" onClick={copy} aria-label={copied ? 'Copied' : label} data-testid={testId}>
      {copied ? <Check size={16} aria-hidden="true" /> : <Copy size={16} aria-hidden="true" />}
      <span aria-live="polite">{copied ? 'Copied' : failed ? 'Not allowed' : 'Copy'}</span>
    </Button>
  );
}
