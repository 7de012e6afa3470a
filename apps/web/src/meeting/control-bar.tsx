import {
  MessageSquareText,
  Mic,
  MicOff,
  MonitorUp,
  MonitorX,
  PhoneOff,
  Power,
  Users,
  Video,
  VideoOff,
} from 'lucide-react';
import { Button } from '../ui/button.tsx';
import { RoundButton } from '../ui/round-button.tsx';
import { ToggleButton } from '../ui/toggle-button.tsx';
import styles from './control-bar.module.css';
import { SHORTCUTS } from './use-shortcuts.ts';

export type Panel = 'chat' | 'participants';

type Props = {
  microphoneOn: boolean;
  cameraOn: boolean;
  onMicrophone: () => void;
  onCamera: () => void;
  share: { available: boolean; allowed: boolean; active: boolean; onToggle: () => void };
  panel: Panel | null;
  onPanel: (panel: Panel) => void;
  unread: number;
  participantCount: number;
  isHost: boolean;
  onLeave: () => void;
  onEndForAll: () => void;
};

export function ControlBar(props: Props) {
  const { microphoneOn, cameraOn, share, panel, onPanel } = props;
  return (
    <nav className={styles.bar} aria-label="Meeting controls">
      <div className={styles.group}>
        <ToggleButton
          label="Microphone"
          on={microphoneOn}
          onIcon={Mic}
          offIcon={MicOff}
          onToggle={props.onMicrophone}
          hint={microphoneOn ? 'Mute (Ctrl+D)' : 'Unmute (Ctrl+D)'}
          shortcut={SHORTCUTS.microphone}
          data-testid="mic"
        />
        <ToggleButton
          label="Camera"
          on={cameraOn}
          onIcon={Video}
          offIcon={VideoOff}
          onToggle={props.onCamera}
          hint={cameraOn ? 'Stop the camera (Ctrl+E)' : 'Start the camera (Ctrl+E)'}
          shortcut={SHORTCUTS.camera}
          data-testid="camera"
        />
        {share.available && (
          <RoundButton
            label={share.active ? 'Stop sharing' : 'Share screen'}
            icon={share.active ? MonitorX : MonitorUp}
            pressed={share.active}
            disabled={!share.allowed}
            hint={share.allowed ? undefined : 'Only the host can share a screen in this meeting'}
            onClick={share.onToggle}
            data-testid="share"
          />
        )}
      </div>
      <div className={styles.group}>
        <RoundButton
          label={`Participants, ${props.participantCount}`}
          icon={Users}
          pressed={panel === 'participants'}
          hint="Participants"
          onClick={() => onPanel('participants')}
          data-testid="participants"
        />
        <RoundButton
          label="Chat"
          icon={MessageSquareText}
          pressed={panel === 'chat'}
          badge={props.unread}
          onClick={() => onPanel('chat')}
          data-testid="chat"
        />
      </div>
      <div className={styles.group}>
        <Button
          look="danger"
          className={styles.leave}
          aria-label="Leave"
          onClick={props.onLeave}
          data-testid="leave"
        >
          <PhoneOff size={20} aria-hidden="true" />
          <span className={styles.word}>Leave</span>
        </Button>
        {props.isHost && (
          <Button
            className={styles.end}
            aria-label="End for all"
            title="End the meeting for everybody"
            onClick={props.onEndForAll}
            data-testid="end-all"
          >
            <Power size={20} aria-hidden="true" />
            <span className={styles.word}>End for all</span>
          </Button>
        )}
      </div>
    </nav>
  );
}
