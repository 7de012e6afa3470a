import { SendHorizontal } from 'lucide-react';
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { TEXT_LIMITS } from '../ui/text-limits.ts';
import styles from './chat-composer.module.css';

type Props = {
  /** Who gets it: `everyone`, or a name. */
  to: string;
  /** Changes when somebody was chosen to write to. */
  recipient: string | null;
  onSend: (text: string) => void;
};

export function ChatComposer({ to, recipient, onSend }: Props) {
  const [text, setText] = useState('');
  const input = useRef<HTMLTextAreaElement>(null);
  // Whoever opens the chat, or chooses a recipient, wants to write.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => input.current?.focus(), [recipient]);

  function send(): void {
    const message = text.trim();
    if (message === '') return;
    onSend(message);
    setText('');
  }

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    send();
    input.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent): void {
    // While an input method composes a character, Enter accepts it.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  }

  return (
    <form className={styles.composer} onSubmit={onSubmit}>
      <textarea
        ref={input}
        className={styles.input}
        aria-label={`Message to ${to}`}
        placeholder={`Message to ${to}`}
        rows={1}
        maxLength={TEXT_LIMITS.chatText}
        value={text}
        data-testid="chat-input"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <button
        type="submit"
        className={styles.send}
        aria-label="Send"
        disabled={text.trim() === ''}
        data-testid="chat-send"
      >
        <SendHorizontal size={20} aria-hidden="true" />
      </button>
    </form>
  );
}
