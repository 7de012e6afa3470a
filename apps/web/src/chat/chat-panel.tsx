import { MessageSquareText } from 'lucide-react';
import { useMeeting } from '../meeting/meeting-context.ts';
import { SidePanel } from '../meeting/side-panel.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { ChatComposer } from './chat-composer.tsx';
import styles from './chat-panel.module.css';
import { groupMessages } from './group-messages.ts';
import { MessageGroupView } from './message-group-view.tsx';
import { RecipientSelect } from './recipient-select.tsx';
import { recipientsFor } from './recipients.ts';
import { useStickToEnd } from './use-stick-to-end.ts';

type Props = {
  /** Whom the next message goes to; null: everybody. */
  recipient: string | null;
  onRecipient: (recipient: string | null) => void;
  onSend: (text: string, to: string | undefined) => void;
  onClose: () => void;
};

export function ChatPanel({ recipient, onRecipient, onSend, onClose }: Props) {
  const { snapshot } = useMeeting();
  const { chat, self, participants, capabilities } = snapshot;
  const { everyone, people } = recipientsFor(participants, capabilities);
  const list = useStickToEnd(chat.length, chat.at(-1)?.sender_id === self.id);

  const nameOf = (id: string) => participants.find((person) => person.id === id)?.displayName;
  // Whoever was chosen may have left, or must not be written to any more: then the first that is possible.
  const chosen = people.find(({ id }) => id === recipient) ?? (everyone ? null : (people[0] ?? null));
  const canWrite = everyone || people.length > 0;
  return (
    <SidePanel title="Chat" onClose={onClose}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls has to be reachable by keys */}
      <div ref={list} className={styles.list} role="log" aria-label="Messages" tabIndex={0}>
        {chat.length === 0 && (
          <EmptyState icon={MessageSquareText} title="No messages yet">
            What is written here is seen by everybody in the meeting, unless you choose one person.
          </EmptyState>
        )}
        {groupMessages(chat).map((group) => (
          <MessageGroupView
            key={group.key}
            group={group}
            isOwn={group.senderId === self.id}
            privateTo={
              group.recipientId === undefined
                ? null
                : group.recipientId === self.id
                  ? 'you'
                  : (nameOf(group.recipientId) ?? 'somebody who left')
            }
            onSendAgain={onSend}
          />
        ))}
      </div>
      {canWrite ? (
        <>
          <RecipientSelect
            everyone={everyone}
            people={people}
            value={chosen?.id ?? null}
            onChange={onRecipient}
          />
          <ChatComposer
            to={chosen?.displayName ?? 'everyone'}
            recipient={recipient}
            onSend={(text) => onSend(text, chosen?.id)}
          />
        </>
      ) : (
        <p className={styles.closed}>The host has closed the chat.</p>
      )}
    </SidePanel>
  );
}
