import { useCallback, useState } from 'react';

export type Panel = 'chat' | 'participants';

/** What is open beside the stage, and to whom the chat writes. */
export function usePanel() {
  const [panel, setPanel] = useState<Panel | null>(null);
  const [recipient, setRecipient] = useState<string | null>(null);
  const toggle = useCallback(
    (wanted: Panel) => setPanel((before) => (before === wanted ? null : wanted)),
    [],
  );
  const writeTo = useCallback((participantId: string) => {
    setRecipient(participantId);
    setPanel('chat');
  }, []);
  const close = useCallback(() => setPanel(null), []);
  return { panel, open: setPanel, toggle, close, recipient, setRecipient, writeTo };
}
