import type { EndReason, Meeting } from '@meridian/client';
import type { MeridianError } from '@meridian/protocol';
import { Volume2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import { ChatPanel } from '../chat/chat-panel.tsx';
import { useUnread } from '../chat/use-unread.ts';
import type { LocalMedia, LocalMediaSnapshot } from '../devices/local-media.ts';
import { ParticipantsPanel } from '../participants/participants-panel.tsx';
import { RosterAnnouncer } from '../participants/roster-announcer.tsx';
import type { Preferences } from '../preferences/preferences.ts';
import type { ChangePreferences } from '../preferences/use-preferences.ts';
import { Stage } from '../stage/stage.tsx';
import { Button } from '../ui/button.tsx';
import { ControlBar, type Panel } from './control-bar.tsx';
import { MeetingHeader } from './meeting-header.tsx';
import styles from './meeting-page.module.css';
import { ReconnectingBanner } from './reconnecting-banner.tsx';
import { RemoteAudio } from './remote-audio.tsx';
import { SettingsDialog } from './settings-dialog.tsx';
import { ToastList } from './toast-list.tsx';
import { useCamera } from './use-camera.ts';
import { useDiagnostics } from './use-diagnostics.ts';
import { useHostMuteNotice } from './use-host-mute-notice.ts';
import { useLeaveWithPage } from './use-leave-with-page.ts';
import { useMeetingSnapshot } from './use-meeting-snapshot.ts';
import { useMicrophone } from './use-microphone.ts';
import { useRemoteAudio } from './use-remote-audio.ts';
import { canShareScreen, useScreenShare } from './use-screen-share.ts';
import { useShortcuts } from './use-shortcuts.ts';
import { useToasts } from './use-toasts.ts';
import { useWakeLock } from './use-wake-lock.ts';

type Props = {
  meeting: Meeting;
  preferences: Preferences;
  onPreferences: ChangePreferences;
  media: LocalMedia;
  devices: LocalMediaSnapshot;
  onEnd: (reason: EndReason, error?: MeridianError) => void;
};

export function MeetingPage({ meeting, preferences, onPreferences, media, devices, onEnd }: Props) {
  const snapshot = useMeetingSnapshot(meeting);
  const { self, status, settings, title, code } = snapshot;
  const [shownToasts, toasts] = useToasts();
  const [panel, setPanel] = useState<Panel | null>(null);
  const [settingsOpen, setSettingsOpen] = useState(false);

  const announceMute = useHostMuteNotice(self.audio, devices.microphone.track !== null, toasts);
  const switchMicrophone = useMicrophone(meeting, self.audio, media, devices, toasts);
  const toggleCamera = useCamera(meeting, self.video, media, devices, toasts);
  const share = useScreenShare(meeting, self.screen, toasts);
  const output = useRemoteAudio();
  const unread = useUnread(snapshot.chat, self.id, panel === 'chat');
  useLeaveWithPage(meeting);
  useDiagnostics(meeting);
  useWakeLock();

  function toggleMicrophone(): void {
    announceMute();
    void switchMicrophone();
  }
  useShortcuts(toggleMicrophone, () => void toggleCamera());

  useEffect(() => {
    if (status.status === 'ended') onEnd(status.reason, status.error);
  }, [status, onEnd]);

  function leave(): void {
    // Nobody waits for the network in order to leave.
    void meeting.leave();
    onEnd('left');
  }

  function send(text: string): void {
    try {
      meeting.sendChat(text);
    } catch (error) {
      toasts.showError(error);
    }
  }

  const isHost = self.role !== 'participant';
  return (
    <div
      className={styles.page}
      data-testid="meeting"
      data-status={status.status}
      data-participant-id={meeting.participantId}
    >
      <title>{`${title} · Meridian`}</title>
      <MeetingHeader
        title={title}
        code={code}
        startedAt={snapshot.startedAt}
        onSettings={() => setSettingsOpen(true)}
      />
      <ReconnectingBanner status={status} />
      <main className={styles.main}>
        <Stage
          meeting={meeting}
          snapshot={snapshot}
          own={{ camera: devices.camera.track, screen: share.track }}
          onStopShare={share.stop}
        />
        {panel === 'chat' && (
          <ChatPanel chat={snapshot.chat} selfId={self.id} onSend={send} onClose={() => setPanel(null)} />
        )}
        {panel === 'participants' && (
          <ParticipantsPanel
            participants={snapshot.participants}
            isHost={isHost}
            onMute={(id) => meeting.muteParticipant(id, 'audio').catch(toasts.showError)}
            onRemove={(id) => meeting.removeParticipant(id).catch(toasts.showError)}
            onClose={() => setPanel(null)}
          />
        )}
      </main>
      {output.blocked && (
        <div className={styles.sound}>
          <Button look="primary" onClick={output.enable} data-testid="enable-sound">
            <Volume2 size={20} aria-hidden="true" />
            Enable sound
          </Button>
        </div>
      )}
      <ControlBar
        microphoneOn={self.audio}
        cameraOn={devices.camera.track !== null}
        onMicrophone={toggleMicrophone}
        onCamera={toggleCamera}
        share={{
          available: canShareScreen(),
          allowed: isHost || settings.allow_screen_share === 'all',
          active: share.track !== null,
          onToggle: share.track ? share.stop : share.start,
        }}
        panel={panel}
        onPanel={(wanted) => setPanel(wanted === panel ? null : wanted)}
        unread={unread}
        participantCount={snapshot.participants.length}
        isHost={isHost}
        onLeave={leave}
        onEndForAll={() => meeting.endForAll().catch(toasts.showError)}
      />
      <RemoteAudio participants={snapshot.participants} output={output} speaker={preferences.speaker} />
      <RosterAnnouncer participants={snapshot.participants} />
      <ToastList shown={shownToasts} toasts={toasts} />
      {settingsOpen && (
        <SettingsDialog
          preferences={preferences}
          onPreferences={onPreferences}
          devices={devices}
          microphoneOn={self.audio}
          onClose={() => setSettingsOpen(false)}
        />
      )}
    </div>
  );
}
