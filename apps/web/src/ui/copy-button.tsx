import { Check, Copy } from 'lucide-react';
import { Button } from './button.tsx';
import { useCopy } from './use-copy.ts';

type Props = {
  text: string;
  /** What it copies: `Copy link`. */
  label: string;
  /** Shows "Copy" alone, where it stands beside what it copies. */
  short?: boolean;
  size?: 'small' | 'medium';
  look?: 'primary' | 'secondary';
  'data-testid'?: string;
};

export function CopyButton({
  text,
  label,
  short = false,
  size = 'small',
  look,
  'data-testid': testId,
}: Props) {
  const { copied, failed, copy } = useCopy(text);
  return (
    <Button
      size={size}
      look={look ?? 'secondary'}
      onClick={copy}
      aria-label={copied ? 'Copied' : label}
      data-testid={testId}
    >
      {copied ? <Check size={16} aria-hidden="true" /> : <Copy size={16} aria-hidden="true" />}
      <span aria-live="polite">{copied ? 'Copied' : failed ? 'Not allowed' : short ? 'Copy' : label}</span>
    </Button>
  );
}
