import type { ChatEntry } from '@meridian/client';
import { classes } from '../ui/classes.ts';
import type { MessageGroup } from './group-messages.ts';
import { linkify } from './linkify.ts';
import styles from './message-group-view.module.css';

type Props = { group: MessageGroup; isOwn: boolean; onSendAgain: (text: string) => void };

export function MessageGroupView({ group, isOwn, onSendAgain }: Props) {
  const [first] = group.entries;
  return (
    <section className={classes(styles.group, isOwn && styles.own)}>
      <p className={styles.head}>
        <span className={styles.sender}>{isOwn ? 'You' : group.senderName}</span>
        <time dateTime={new Date(group.sentAt).toISOString()}>{timeText(group.sentAt)}</time>
        {first?.recipient_id !== undefined && <span>private</span>}
      </p>
      {group.entries.map((entry) => (
        <Message key={entry.message_id} entry={entry} onSendAgain={onSendAgain} />
      ))}
    </section>
  );
}

function Message({ entry, onSendAgain }: { entry: ChatEntry; onSendAgain: (text: string) => void }) {
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
          <button type="button" className={styles.again} onClick={() => onSendAgain(entry.text)}>
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
