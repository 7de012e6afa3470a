import {
  Ellipsis,
  Headphones,
  Keyboard,
  KeyRound,
  type LucideIcon,
  Maximize,
  Minimize,
  Settings,
  ShieldUser,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { Menu, MenuItem, MenuSeparator } from '../ui/menu.tsx';
import { RoundButton } from '../ui/round-button.tsx';
import { useMeeting } from './meeting-context.ts';
import { toggleFullScreen, useFullScreen } from './use-full-screen.ts';

type Props = {
  audioOnly: boolean;
  onAudioOnly: (audioOnly: boolean) => void;
  /** What has no room in the bar. */
  children?: ReactNode;
  badge?: number;
};

export function MoreMenu({ audioOnly, onAudioOnly, children, badge = 0 }: Props) {
  const { snapshot, actions } = useMeeting();
  const full = useFullScreen();
  const { capabilities } = snapshot;
  const open = (
    dialog: 'options' | 'claim-host' | 'shortcuts' | 'settings',
    icon: LucideIcon,
    text: string,
  ) => (
    <MenuItem icon={icon} onSelect={() => actions.open({ dialog })} data-testid={dialog}>
      {text}
    </MenuItem>
  );
  return (
    <Menu
      label="More"
      side="above"
      align="center"
      trigger={(props) => (
        <RoundButton {...props} label="More" icon={Ellipsis} badge={badge} data-testid="more" />
      )}
    >
      {children}
      <MenuItem
        icon={Headphones}
        checked={audioOnly}
        toggle
        hint="Saves data on slow or metered connections"
        onSelect={() => onAudioOnly(!audioOnly)}
        data-testid="audio-only"
      >
        Receive sound only
      </MenuItem>
      {document.fullscreenEnabled && (
        <MenuItem icon={full ? Minimize : Maximize} onSelect={toggleFullScreen}>
          {full ? 'Leave full screen' : 'Full screen'}
        </MenuItem>
      )}
      <MenuSeparator />
      {capabilities.canManageMeeting && open('options', ShieldUser, 'Meeting options')}
      {snapshot.self.role === 'participant' && open('claim-host', KeyRound, 'I am the host')}
      {open('shortcuts', Keyboard, 'Keyboard shortcuts')}
      {open('settings', Settings, 'Settings')}
    </Menu>
  );
}
