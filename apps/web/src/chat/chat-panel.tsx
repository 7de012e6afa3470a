import type { ChatEntry } from '@meridian/client';
import { MessageSquareText } from 'lucide-react';
import { SidePanel } from '../meeting/side-panel.tsx';
import { ChatComposer } from './chat-composer.tsx';
import styles from './chat-panel.module.css';
import { groupMessages } from './group-messages.ts';
import { MessageGroupView } from './message-group-view.tsx';
import { useStickToEnd } from './use-stick-to-end.ts';

type Props = {
  chat: readonly ChatEntry[];
  selfId: string;
  onSend: (text: string) => void;
  onClose: () => void;
};

export function ChatPanel({ chat, selfId, onSend, onClose }: Props) {
  const list = useStickToEnd(chat.length, chat.at(-1)?.sender_id === selfId);
  return (
    <SidePanel title="Chat" onClose={onClose}>
      <div ref={list} className={styles.list} role="log" aria-label="Messages">
        {chat.length === 0 && (
          <div className={styles.empty}>
            <MessageSquareText size={28} aria-hidden="true" />
            <p>No messages yet</p>
            <p className={styles.hint}>Everybody in the meeting sees what you write here.</p>
          </div>
        )}
        {groupMessages(chat).map((group) => (
          <MessageGroupView
            key={group.key}
            group={group}
            isOwn={group.senderId === selfId}
            onSendAgain={onSend}
          />
        ))}
      </div>
      <ChatComposer onSend={onSend} />
    </SidePanel>
  );
}
