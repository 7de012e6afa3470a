export type Command =
  | 'microphone'
  | 'camera'
  | 'share'
  | 'hand'
  | 'chat'
  | 'people'
  | 'layout'
  | 'help'
  | 'talk';

/** In the order they are explained. `talk` lasts as long as its key is held. */
export const SHORTCUTS: readonly { command: Command; keys: string; text: string }[] = [
  { command: 'microphone', keys: 'M', text: 'Microphone on or off' },
  { command: 'talk', keys: 'Space', text: 'Hold to talk while muted' },
  { command: 'camera', keys: 'V', text: 'Camera on or off' },
  { command: 'share', keys: 'S', text: 'Share a screen, or stop' },
  { command: 'hand', keys: 'H', text: 'Raise or lower your hand' },
  { command: 'chat', keys: 'C', text: 'Chat' },
  { command: 'people', keys: 'P', text: 'People' },
  { command: 'layout', keys: 'L', text: 'Grid or speaker' },
  { command: 'help', keys: '?', text: 'These shortcuts' },
];

const BY_KEY = new Map<string, Command>(
  SHORTCUTS.map(({ command, keys }) => [keys === 'Space' ? ' ' : keys.toLowerCase(), command]),
);

type Pressed = { key: string; ctrlKey: boolean; metaKey: boolean; altKey: boolean };

/**
 * What a key means; null: nothing. With Ctrl or Cmd, D and E work wherever the focus is. The single keys only where
 * nothing is typed or operated with them, and not for those who switched them off (WCAG 2.1.4).
 */
export function commandOf(
  pressed: Pressed,
  busy: 'no' | 'button' | 'typing',
  singleKeys: boolean,
): Command | null {
  const key = pressed.key.toLowerCase();
  if (pressed.altKey) return null;
  if (pressed.ctrlKey || pressed.metaKey) return key === 'd' ? 'microphone' : key === 'e' ? 'camera' : null;
  if (!singleKeys || busy === 'typing') return null;
  const command = BY_KEY.get(key) ?? null;
  // Space presses the button that has the focus.
  return command === 'talk' && busy === 'button' ? null : command;
}
