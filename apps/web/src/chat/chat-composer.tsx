import { SendHorizontal } from 'lucide-react';
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { TEXT_LIMITS } from '../ui/text-limits.ts';
import styles from './chat-composer.module.css';

export function ChatComposer({ onSend }: { onSend: (text: string) => void }) {
  const [text, setText] = useState('');
  const input = useRef<HTMLTextAreaElement>(null);
  // Whoever opens the chat wants to write, or to read, which this does not hinder.
  useEffect(() => input.current?.focus(), []);

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
        aria-label="Message to everyone"
        placeholder="Message to everyone"
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
