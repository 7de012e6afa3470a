import type { ChatEntry } from '@meridian/client';
import { Lock } from 'lucide-react';
import { classes } from '../ui/classes.ts';
import type { MessageGroup } from './group-messages.ts';
import { linkify } from './linkify.ts';
import styles from './message-group-view.module.css';

type Props = {
  group: MessageGroup;
  isOwn: boolean;
  /** To whom, when it was not for everybody: a name, or `you`. */
  privateTo: string | null;
  onSendAgain: (text: string, to: string | undefined) => void;
};

export function MessageGroupView({ group, isOwn, privateTo, onSendAgain }: Props) {
  return (
    <section className={classes(styles.group, isOwn && styles.own, privateTo !== null && styles.private)}>
      <p className={styles.head}>
        <span className={styles.sender}>{isOwn ? 'You' : group.senderName}</span>
        {privateTo !== null && (
          <span className={styles.badge} data-testid="chat-private">
            <Lock size={11} aria-hidden="true" /> to {privateTo} only
          </span>
        )}
        <time dateTime={new Date(group.sentAt).toISOString()}>{timeText(group.sentAt)}</time>
      </p>
      {group.entries.map((entry) => (
        <Message key={entry.message_id} entry={entry} onSendAgain={onSendAgain} />
      ))}
    </section>
  );
}

function Message({ entry, onSendAgain }: { entry: ChatEntry; onSendAgain: Props['onSendAgain'] }) {
  return (
    <div
      className={classes(styles.message, styles[entry.delivery])}
      data-testid="chat-message"
      data-message-id={entry.message_id}
      data-delivery={entry.delivery}
    >
      <p className={styles.text}>
        {linkify(entry.text).map(({ text, href }, index) =>
          href === undefined ? (
            text
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a message never change
            <a key={index} href={href} target="_blank" rel="noopener noreferrer nofollow">
              {text}
            </a>
          ),
        )}
      </p>
      {entry.delivery === 'pending' && <p className={styles.note}>Sending…</p>}
      {entry.delivery === 'failed' && (
        <p className={styles.failure}>
          Not sent.{' '}
          <button
            type="button"
            className={styles.again}
            onClick={() => onSendAgain(entry.text, entry.recipient_id)}
          >
            Send again
          </button>
        </p>
      )}
    </div>
  );
}

function timeText(time: number): string {
  return new Intl.DateTimeFormat(undefined, { timeStyle: 'short' }).format(time);
}
