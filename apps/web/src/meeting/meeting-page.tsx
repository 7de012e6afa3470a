import type { Meeting, MeetingSnapshot } from '@meridian/client';
import { lazy, Suspense, useMemo, useState } from 'react';
import { ChatPanel } from '../chat/chat-panel.tsx';
import { useUnread } from '../chat/use-unread.ts';
import { DeviceMenu } from '../devices/device-menu.tsx';
import { ParticipantsPanel } from '../participants/participants-panel.tsx';
import { FlyingReactions } from '../reactions/flying-reactions.tsx';
import { useReactions } from '../reactions/use-reactions.ts';
import { Stage } from '../stage/stage.tsx';
import { PHONE, useMediaQuery } from '../ui/use-media-query.ts';
import { Announcer } from './announcer.tsx';
import { ControlBar } from './control-bar.tsx';
import type { MeetingActions, OpenDialog } from './meeting-actions.ts';
import { MeetingContext } from './meeting-context.ts';
import styles from './meeting-page.module.css';
import { MeetingTitle } from './meeting-title.tsx';
import { pageTitle } from './page-title.ts';
import { QualityBadge } from './quality-badge.tsx';
import { ReconnectingBanner } from './reconnecting-banner.tsx';
import { RemoteAudio } from './remote-audio.tsx';
import { SharingBanner } from './sharing-banner.tsx';
import { SoundPrompt } from './sound-prompt.tsx';
import { ToastList } from './toast-list.tsx';
import { useAudioOnly } from './use-audio-only.ts';
import type { OwnDevices } from './use-own-devices.ts';
import { usePanel } from './use-panel.ts';
import { usePushToTalk } from './use-push-to-talk.ts';
import { useRemoteAudio } from './use-remote-audio.ts';
import { canShareScreen, useScreenShare } from './use-screen-share.ts';
import { useShortcuts } from './use-shortcuts.ts';
import type { Toast, Toasts } from './use-toasts.ts';
import { useUnmuteRequest } from './use-unmute-request.ts';
import { ViewItems } from './view-items.tsx';
import { ViewMenu } from './view-menu.tsx';
import { WaitingBanner } from './waiting-banner.tsx';

const MeetingDialogs = lazy(() => import('./dialogs/meeting-dialogs.tsx'));

type Props = {
  meeting: Meeting;
  snapshot: MeetingSnapshot;
  own: OwnDevices;
  toasts: Toasts;
  shownToasts: readonly Toast[];
  startAudioOnly: boolean;
  onLeave: () => void;
};

export function MeetingPage({ meeting, snapshot, own, toasts, shownToasts, startAudioOnly, onLeave }: Props) {
  const { self, status, chat, participants, capabilities, waiting } = snapshot;
  const { devices, preferences, onPreferences, microphone, camera } = own;
  const { panel, open: openPanel, toggle: togglePanel, close, recipient, setRecipient, writeTo } = usePanel();
  const [dialog, setDialog] = useState<OpenDialog | null>(null);
  const [pinned, setPinned] = useState<string | null>(null);
  const [audioOnly, setAudioOnly] = useAudioOnly(meeting, startAudioOnly);
  const [flying, landed] = useReactions(meeting);
  const phone = useMediaQuery(PHONE);
  const share = useScreenShare(meeting, self.screen, toasts);
  const output = useRemoteAudio();
  const unread = useUnread(chat, self.id, panel === 'chat');
  useUnmuteRequest(meeting, microphone.unmute, toasts);

  const actions = useMemo<MeetingActions>(
    () => ({
      run: (work) => void work.catch(toasts.showError),
      say: toasts.show,
      open: setDialog,
      writeTo,
    }),
    [toasts, writeTo],
  );
  const context = useMemo(() => ({ meeting, snapshot, actions }), [meeting, snapshot, actions]);
  const { layout, selfView } = preferences;
  const view = useMemo(
    () => ({ layout, selfView, pinned, audioOnly }),
    [layout, selfView, pinned, audioOnly],
  );

  const raised = self.handRaisedAt !== null;
  const toggleHand = () => actions.run(meeting.raiseHand(!raised));
  const toggleShare = () => void (share.track ? share.stop() : share.start());
  const shareAllowed = capabilities.canShareScreen;
  const talk = usePushToTalk({ on: self.audio, set: microphone.set });
  useShortcuts(
    {
      microphone: microphone.toggle,
      camera: camera.toggle,
      share: () => (share.track || (canShareScreen() && shareAllowed)) && toggleShare(),
      hand: toggleHand,
      chat: () => togglePanel('chat'),
      people: () => togglePanel('participants'),
      layout: () => onPreferences({ layout: layout === 'speaker' ? 'grid' : 'speaker' }),
      help: () => setDialog({ dialog: 'shortcuts' }),
      talk,
    },
    preferences.singleKeys,
  );

  function send(text: string, to: string | undefined): void {
    try {
      meeting.sendChat(text, to === undefined ? {} : { to });
    } catch (error) {
      toasts.showError(error);
    }
  }

  const hands = participants.filter(({ handRaisedAt, isSelf }) => handRaisedAt !== null && !isSelf).length;
  const settings = { preferences, onPreferences, devices };
  const openSettings = () => setDialog({ dialog: 'settings' });
  const viewItems = <ViewItems layout={layout} selfView={selfView} onChange={onPreferences} />;
  return (
    <MeetingContext value={context}>
      <title>{pageTitle({ title: snapshot.title, unread, hands, waiting: waiting.length })}</title>
      <div
        className={styles.page}
        data-testid="meeting"
        data-status={status.status}
        data-participant-id={meeting.participantId}
      >
        {phone && (
          <header className={styles.header}>
            <MeetingTitle side="below" />
            <QualityBadge />
          </header>
        )}
        <ReconnectingBanner status={status} />
        <WaitingBanner onView={() => openPanel('participants')} />
        {share.track && <SharingBanner onStop={share.stop} />}
        <main className={styles.main}>
          <Stage ownCamera={devices.camera.track} view={view} onPin={setPinned}>
            <FlyingReactions flying={flying} onLanded={landed} />
          </Stage>
          {panel === 'chat' && (
            <ChatPanel recipient={recipient} onRecipient={setRecipient} onSend={send} onClose={close} />
          )}
          {panel === 'participants' && <ParticipantsPanel onClose={close} />}
        </main>
        <ControlBar
          microphone={{
            on: self.audio,
            problem: devices.microphone.problem !== null,
            onToggle: microphone.toggle,
            menu: <DeviceMenu kind="audio" {...settings} onSettings={openSettings} />,
          }}
          camera={{
            on: devices.camera.track !== null,
            problem: devices.camera.problem !== null,
            onToggle: camera.toggle,
            menu: <DeviceMenu kind="video" {...settings} onSettings={openSettings} />,
          }}
          share={{
            available: canShareScreen(),
            allowed: shareAllowed,
            active: share.track !== null,
            onToggle: toggleShare,
          }}
          hand={{ raised, onToggle: toggleHand }}
          panel={panel}
          onPanel={togglePanel}
          unread={unread}
          people={participants.length}
          waiting={waiting.length}
          view={{
            menu: <ViewMenu layout={layout} selfView={selfView} onChange={onPreferences} />,
            items: viewItems,
          }}
          audioOnly={audioOnly}
          onAudioOnly={setAudioOnly}
          onLeave={onLeave}
        />
        {output.blocked && <SoundPrompt onEnable={output.enable} />}
        <RemoteAudio participants={participants} output={output} speaker={preferences.speaker} />
        <Announcer chatOpen={panel === 'chat'} />
        <ToastList shown={shownToasts} toasts={toasts} />
        {dialog && (
          <Suspense fallback={null}>
            <MeetingDialogs
              {...settings}
              microphoneOn={self.audio}
              open={dialog}
              onClose={() => setDialog(null)}
            />
          </Suspense>
        )}
      </div>
    </MeetingContext>
  );
}
