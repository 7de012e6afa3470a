import {
  Hand,
  MessageSquareText,
  Mic,
  MicOff,
  MonitorUp,
  MonitorX,
  Users,
  Video,
  VideoOff,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { ReactionPicker, ReactionRow } from '../reactions/reaction-picker.tsx';
import { MenuItem, MenuSeparator } from '../ui/menu.tsx';
import { RoundButton } from '../ui/round-button.tsx';
import { ToggleButton } from '../ui/toggle-button.tsx';
import { PHONE, useMediaQuery } from '../ui/use-media-query.ts';
import styles from './control-bar.module.css';
import { LeaveControl } from './leave-control.tsx';
import { MeetingTitle } from './meeting-title.tsx';
import { MoreMenu } from './more-menu.tsx';
import { QualityBadge } from './quality-badge.tsx';
import type { Panel } from './use-panel.ts';

type Toggle = { on: boolean; problem: boolean; onToggle: () => void; menu: ReactNode };

type Props = {
  microphone: Toggle;
  camera: Toggle;
  share: { available: boolean; allowed: boolean; active: boolean; onToggle: () => void };
  hand: { raised: boolean; onToggle: () => void };
  panel: Panel | null;
  onPanel: (panel: Panel) => void;
  unread: number;
  people: number;
  waiting: number;
  /** The menu of layouts, and its items for where the menu has no room. */
  view: { menu: ReactNode; items: ReactNode };
  audioOnly: boolean;
  onAudioOnly: (audioOnly: boolean) => void;
  onLeave: () => void;
};

export function ControlBar(props: Props) {
  const phone = useMediaQuery(PHONE);
  return (
    <nav className={styles.bar} aria-label="Meeting controls">
      {!phone && (
        <div className={styles.left}>
          <QualityBadge />
          <MeetingTitle />
        </div>
      )}
      <div className={styles.middle}>
        <Devices {...props} showMenus={!phone} />
        {phone ? <PhoneControls {...props} /> : <DeskControls {...props} />}
        <LeaveControl onLeave={props.onLeave} />
      </div>
      {!phone && <div className={styles.right}>{<PanelButtons {...props} />}</div>}
    </nav>
  );
}

function Devices({ microphone, camera, showMenus }: Props & { showMenus: boolean }) {
  const joined = showMenus ? styles.joined : undefined;
  return (
    <>
      <div className={styles.device}>
        <ToggleButton
          label="Microphone"
          on={microphone.on}
          problem={microphone.problem}
          onIcon={Mic}
          offIcon={MicOff}
          onToggle={microphone.onToggle}
          hint={microphone.on ? 'Mute (M)' : 'Unmute (M)'}
          shortcut="M Control+D"
          className={joined}
          data-testid="mic"
        />
        {showMenus && microphone.menu}
      </div>
      <div className={styles.device}>
        <ToggleButton
          label="Camera"
          on={camera.on}
          problem={camera.problem}
          onIcon={Video}
          offIcon={VideoOff}
          onToggle={camera.onToggle}
          hint={camera.on ? 'Stop the camera (V)' : 'Start the camera (V)'}
          shortcut="V Control+E"
          className={joined}
          data-testid="camera"
        />
        {showMenus && camera.menu}
      </div>
    </>
  );
}

function DeskControls({ share, hand, view, audioOnly, onAudioOnly }: Props) {
  return (
    <>
      {share.available && (
        <RoundButton
          label={share.active ? 'Stop sharing' : 'Share screen'}
          icon={share.active ? MonitorX : MonitorUp}
          pressed={share.active}
          disabled={!share.allowed && !share.active}
          hint={
            share.allowed
              ? `${share.active ? 'Stop sharing' : 'Share screen'} (S)`
              : 'Only hosts may share here'
          }
          onClick={share.onToggle}
          data-testid="share"
        />
      )}
      <ReactionPicker />
      <RoundButton
        label="Raise hand"
        icon={Hand}
        pressed={hand.raised}
        tone="hand"
        hint={hand.raised ? 'Lower hand (H)' : 'Raise hand (H)'}
        onClick={hand.onToggle}
        data-testid="hand"
      />
      {view.menu}
      <MoreMenu audioOnly={audioOnly} onAudioOnly={onAudioOnly} />
    </>
  );
}

function PanelButtons({ people, waiting, unread, panel, onPanel }: Props) {
  return (
    <>
      <RoundButton
        label={`People, ${people}`}
        icon={Users}
        pressed={panel === 'participants'}
        badge={waiting}
        hint="People (P)"
        onClick={() => onPanel('participants')}
        data-testid="participants"
      />
      <RoundButton
        label="Chat"
        icon={MessageSquareText}
        pressed={panel === 'chat'}
        badge={unread}
        hint="Chat (C)"
        onClick={() => onPanel('chat')}
        data-testid="chat"
      />
    </>
  );
}

/** The chat stays in reach of the thumb; the rest is in the sheet. */
function PhoneControls({ share, hand, view, unread, waiting, people, panel, onPanel, ...props }: Props) {
  return (
    <>
      <RoundButton
        label="Chat"
        icon={MessageSquareText}
        pressed={panel === 'chat'}
        badge={unread}
        onClick={() => onPanel('chat')}
        data-testid="chat"
      />
      <MoreMenu audioOnly={props.audioOnly} onAudioOnly={props.onAudioOnly} badge={waiting}>
        <ReactionRow inMenu />
        <MenuItem icon={Hand} onSelect={hand.onToggle} data-testid="hand">
          {hand.raised ? 'Lower hand' : 'Raise hand'}
        </MenuItem>
        <MenuItem icon={Users} onSelect={() => onPanel('participants')} data-testid="participants">
          People ({people}){waiting > 0 && `, ${waiting} waiting`}
        </MenuItem>
        {share.available && (
          <MenuItem
            icon={share.active ? MonitorX : MonitorUp}
            disabled={!share.allowed && !share.active}
            onSelect={share.onToggle}
            data-testid="share"
          >
            {share.active ? 'Stop sharing' : 'Share screen'}
          </MenuItem>
        )}
        <MenuSeparator />
        {view.items}
        <MenuSeparator />
      </MoreMenu>
    </>
  );
}
