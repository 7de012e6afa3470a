import { type JoinResponse, LIMITS, MeridianError, type signaling, streamId } from '@meridian/protocol';
import { ChatOutbox } from './chat-outbox.ts';
import { JOIN_TIMEOUT_MS, LEAVE_TIMEOUT_MS } from './config.ts';
import { browserEnvironment, type Environment } from './environment.ts';
import { notJoined, withTimeout } from './errors.ts';
import { LocalMedia } from './local-media.ts';
import { MediaManager } from './media-manager.ts';
import { Observable } from './observable.ts';
import type { MeetingQuality } from './quality.ts';
import { defaultReconnectPolicy } from './reconnect-policy.ts';
import { RemoteStreams } from './remote-streams.ts';
import { originOf, requestJoin, requestLeave } from './rest.ts';
import { addChat, applyEvent, fromState, type RoomState } from './room-state.ts';
import { SignalingConnection } from './signaling-connection.ts';
import { buildSnapshot } from './snapshot.ts';
import { StageClock } from './stages.ts';
import { type Connections, change, NOT_CONNECTED, statusOf } from './status.ts';
import type { EndReason, JoinOptions, JoinStages, MeetingSnapshot, VideoWish } from './types.ts';

/**
 * A meeting one takes part in. It holds what the participant wants (tracks, mute, wishes, chat) and keeps two
 * connections to bring that about, one to the room and one to a media node, each restored by itself.
 * Closing: leave(), endForAll(), or the room ends it; afterwards the status is `ended` and stays so.
 */
export class Meeting {
  readonly participantId: string;
  readonly #environment: Environment;
  readonly #origin: string;
  readonly #admitted: JoinResponse;
  readonly #clock: StageClock;
  readonly #signaling: SignalingConnection;
  readonly #media: MediaManager;
  readonly #local: LocalMedia;
  readonly #remote: RemoteStreams;
  readonly #outbox: ChatOutbox;
  readonly #snapshot: Observable<MeetingSnapshot>;
  readonly #entered = Promise.withResolvers<void>();
  #room: RoomState;
  #region: string;
  #connections: Connections = NOT_CONNECTED;
  #leaving: Promise<void> | undefined;

  /**
   * Asks to be admitted, opens both connections, and resolves when the room has said `joined`; media may come a
   * moment later. Rejects with MeridianError: `password_required`, `wrong_password`, `meeting_not_found`,
   * `meeting_ended`, `meeting_full`, `no_capacity`, `rate_limited`, `timeout` …, or with the signal's reason.
   * Nothing is left behind when it rejects.
   */
  static async join(options: JoinOptions, environment: Environment = browserEnvironment()): Promise<Meeting> {
    const clock = new StageClock();
    const origin = originOf(options.origin);
    options.signal?.throwIfAborted();
    // In parallel with the request. A failure shows when media is set up.
    environment.loadDevice().catch(() => {});
    const admitted = await requestJoin(
      options.meeting,
      {
        display_name: options.displayName,
        ...(options.password === undefined ? {} : { password: options.password }),
        ...(options.hostKey === undefined ? {} : { host_key: options.hostKey }),
      },
      { origin, fetch: environment.fetch, ...(options.signal ? { signal: options.signal } : {}) },
    );
    clock.mark('admitted');
    const meeting = new Meeting(options, origin, environment, clock, admitted);
    const abort = () => meeting.#entered.reject(options.signal?.reason);
    options.signal?.addEventListener('abort', abort);
    try {
      if (options.signal?.aborted) abort();
      await withTimeout(meeting.#entered.promise, JOIN_TIMEOUT_MS, 'joining');
      return meeting;
    } catch (error) {
      await meeting.leave();
      throw error;
    } finally {
      options.signal?.removeEventListener('abort', abort);
    }
  }

  /** Use join(). */
  private constructor(
    options: JoinOptions,
    origin: string,
    environment: Environment,
    clock: StageClock,
    admitted: JoinResponse,
  ) {
    const policy = options.reconnect ?? defaultReconnectPolicy;
    this.participantId = admitted.participant_id;
    this.#environment = environment;
    this.#origin = origin;
    this.#admitted = admitted;
    this.#clock = clock;
    this.#room = fromState(admitted.meeting_state, null);
    this.#region = admitted.sfu.region;
    this.#snapshot = new Observable((before) => this.#picture(before));
    this.#remote = new RemoteStreams(this.participantId, () => {
      this.#media.streamsChanged();
      this.#snapshot.invalidate();
    });
    this.#outbox = new ChatOutbox(
      ({ clientId, text, recipientId }) =>
        this.#signaling.send({
          type: 'chat',
          text,
          client_id: clientId,
          // The error for it, if there is one, carries this back.
          ref: clientId,
          ...(recipientId === undefined ? {} : { recipient_id: recipientId }),
        }),
      () => this.#snapshot.invalidate(),
    );
    this.#local = new LocalMedia({
      microphone: options.microphone ?? null,
      camera: options.camera ?? null,
      muted: options.startMuted === true || enteredMuted(admitted),
      publish: (source, publication) => this.#media.publish(source, publication),
      tell: (media, on) => this.#signaling.confirm(toggleMessage(media, on, this.participantId)),
      changed: () => this.#snapshot.invalidate(),
    });
    this.#signaling = new SignalingConnection({
      environment,
      url: socketUrl(admitted.signaling_url, origin),
      ticket: admitted.ticket,
      media: { audio: this.#local.state.audio, video: this.#local.state.video },
      policy,
      handlers: {
        opened: () => clock.mark('signaling_open'),
        joined: (message) => this.#joined(message),
        event: (event) => this.#happened(event),
        repeated: (event) => this.#repeated(event),
        refused: (ref, error) => void this.#outbox.refused(String(ref), error),
        down: () => this.#disconnected(),
        ended: (reason, error) => this.#end(reason, error),
      },
    });
    this.#media = new MediaManager({
      environment,
      policy,
      sfu: admitted.sfu,
      standby: admitted.standby,
      iceServers: admitted.ice_servers,
      remote: this.#remote,
      requestToken: async () =>
        (await this.#signaling.request({ type: 'request_media_token' }, 'media_token')).media_token,
      handlers: {
        stage: clock.mark,
        welcomed: (welcome) => {
          this.#region = welcome.region;
          this.#snapshot.invalidate();
        },
        interrupted: (mediaDown) => this.#changeConnections({ mediaDown }),
        unpublished: (source) => this.#local.unpublished(source),
        astray: () => this.#signaling.refresh(),
        failed: (error) => this.#end('failed', error),
      },
    });
    this.#local.start();
  }

  /** The meeting as it is now. The same object until something changes. */
  get snapshot(): MeetingSnapshot {
    return this.#snapshot.get();
  }

  /** Calls back after changes, once for many at a time. Returns how to unsubscribe. Bound: may be passed on. */
  readonly subscribe = (listener: () => void): (() => void) => this.#snapshot.subscribe(listener);

  /** The snapshot as a bound function, as React's useSyncExternalStore takes it. */
  readonly getSnapshot = (): MeetingSnapshot => this.#snapshot.get();

  /** How long each stage of joining took. */
  get stages(): JoinStages {
    return this.#clock.stages;
  }

  /** Publishes a microphone, exchanges it, or (null) takes it away. The mute state stays. */
  setMicrophone(track: MediaStreamTrack | null): Promise<void> {
    return this.#whileJoined(() => this.#local.setMicrophone(track));
  }

  /** Publishes a camera, exchanges it, or (null) takes it away: nothing is sent any more. */
  setCamera(track: MediaStreamTrack | null): Promise<void> {
    return this.#whileJoined(() => this.#local.setCamera(track));
  }

  /** Sends nothing of the microphone from this moment; resolves when everybody has been told. */
  mute(): Promise<void> {
    return this.#whileJoined(() => this.#local.setMuted(true));
  }

  unmute(): Promise<void> {
    return this.#whileJoined(() => this.#local.setMuted(false));
  }

  /** Shares what getDisplayMedia gave: its video, and its audio if there is one. */
  startScreenShare(stream: MediaStream): Promise<void> {
    return this.#whileJoined(() => this.#local.startScreen(stream));
  }

  stopScreenShare(): Promise<void> {
    return this.#whileJoined(() => this.#local.stopScreen());
  }

  /** Queues a message: to everyone, or to one participant. It appears in the snapshot at once. */
  sendChat(text: string, recipientId?: string): void {
    if (this.#connections.end) throw notJoined();
    const trimmed = text.trim();
    if (trimmed === '') throw new MeridianError('unprocessable', 'the message is empty');
    if (trimmed.length > LIMITS.chatText) {
      throw new MeridianError('too_large', `a message may have ${LIMITS.chatText} characters`);
    }
    this.#outbox.add({ clientId: crypto.randomUUID(), text: trimmed, recipientId, queuedAt: Date.now() });
  }

  /** Which videos are shown, and how large. The whole wish: what is not in it is not received. */
  setVideoWishes(wishes: VideoWish[]): void {
    this.#media.wishes.set(wishes);
  }

  /** Host only: silences somebody, or switches their camera off. They can switch it on again themselves. */
  async muteParticipant(id: string, media: 'audio' | 'video'): Promise<void> {
    await this.#signaling.confirm({ type: 'mute', target_user: id, media });
  }

  /** Host only. */
  async removeParticipant(id: string): Promise<void> {
    await this.#signaling.confirm({ type: 'remove', target_user: id });
  }

  /** Host only: ends the meeting for everybody. */
  async endForAll(): Promise<void> {
    try {
      await this.#signaling.confirm({ type: 'end' });
    } catch (error) {
      // The end of the meeting may overtake the answer.
      if (this.#connections.end?.reason !== 'meeting_ended') throw error;
    }
    this.#end('meeting_ended');
  }

  /** Leaves. Never rejects, and may be called again. */
  leave(): Promise<void> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  /** How good the connection is, measured since the last call or the last 5 s. Null without media. */
  getStats(): Promise<MeetingQuality | null> {
    return this.#media.quality();
  }

  async #leave(): Promise<void> {
    if (this.#connections.end) return;
    if (this.#signaling.ready) {
      await this.#signaling.confirm({ type: 'leave' }, LEAVE_TIMEOUT_MS).catch(() => {});
    } else {
      // Without the room's socket, so that others do not wait for somebody who is gone.
      void requestLeave(this.#admitted.meeting_state.meeting_id, this.#admitted.ticket, {
        origin: this.#origin,
        fetch: this.#environment.fetch,
      }).catch(() => {});
    }
    this.#end('left');
  }

  #joined(message: signaling.Joined): void {
    if (message.state) this.#room = fromState(message.state, this.#room);
    this.#clock.mark('joined');
    this.#changeConnections({ joined: true, signalingDown: false });
    const self = message.state?.participants.find((p) => p.participant_id === this.participantId);
    this.#local.connected(self?.media);
    this.#outbox.connected();
    this.#media.move(message.sfu, message.standby);
    this.#entered.resolve();
  }

  #happened(event: signaling.OrderedEvent): void {
    this.#room = applyEvent(this.#room, event);
    this.#aboutSelf(event);
    if (event.type === 'chat_broadcast' && event.client_id) this.#outbox.acknowledged(event.client_id);
    this.#snapshot.invalidate();
  }

  /** An event from before: of use only as the answer to a message that was sent again. */
  #repeated(event: signaling.OrderedEvent): void {
    if (event.type !== 'chat_broadcast') return;
    this.#room = addChat(this.#room, event.message);
    if (event.client_id) this.#outbox.acknowledged(event.client_id);
    this.#snapshot.invalidate();
  }

  #aboutSelf(event: signaling.OrderedEvent): void {
    const self = this.participantId;
    if (event.type === 'media_state' && event.participant_id === self) {
      this.#local.observe(event.media, event.by === self);
    } else if (event.type === 'screen_share_started' && event.screen_share.participant_id === self) {
      this.#local.observe({ screen: true }, true);
    } else if (event.type === 'screen_share_stopped' && event.participant_id === self) {
      // Only the answer to one's own request carries a ref.
      this.#local.observe({ screen: false }, event.ref !== undefined);
    }
  }

  #disconnected(): void {
    this.#local.disconnected();
    this.#outbox.disconnected();
    if (this.#connections.joined) this.#changeConnections({ signalingDown: true });
  }

  #changeConnections(patch: Partial<Connections>): void {
    this.#connections = change(this.#connections, patch, Date.now());
    this.#snapshot.invalidate();
  }

  #end(reason: EndReason, error?: MeridianError): void {
    if (this.#connections.end) return;
    this.#changeConnections({ end: { reason, ...(error ? { error } : {}) } });
    this.#signaling.close();
    this.#local.close();
    this.#media.close();
    this.#outbox.close();
    this.#snapshot.invalidate();
    this.#entered.reject(
      error ?? new MeridianError(reason === 'meeting_ended' ? reason : 'not_joined', reason),
    );
  }

  async #whileJoined(work: () => Promise<void>): Promise<void> {
    if (this.#connections.end) throw notJoined();
    await work();
  }

  #picture(before: MeetingSnapshot | null): MeetingSnapshot {
    return buildSnapshot(
      {
        status: statusOf(this.#connections),
        room: this.#room,
        selfId: this.participantId,
        selfMedia: this.#local.state,
        streamsOf: (id) => this.#remote.of(id),
        outgoing: this.#outbox.entries,
        region: this.#region,
      },
      before,
    );
  }
}

/** Known before the room has spoken, so that not a word gets out first. */
function enteredMuted({ meeting_settings, role }: JoinResponse): boolean {
  return meeting_settings.mute_on_entry && role === 'participant';
}

function toggleMessage(media: 'audio' | 'video' | 'screen', on: boolean, self: string) {
  switch (media) {
    case 'audio':
      return { type: on ? 'unmute' : 'mute', media: 'audio' } as const;
    case 'video':
      return { type: 'video_toggle', enabled: on } as const;
    case 'screen':
      return on
        ? ({ type: 'screen_share_start', stream_id: streamId(self, 'screen') } as const)
        : ({ type: 'screen_share_stop' } as const);
  }
}

/** Servers may name the socket by a path, and by http. */
function socketUrl(url: string, origin: string): string {
  const absolute = new URL(url, origin);
  absolute.protocol = absolute.protocol.replace(/^http/, 'ws');
  return absolute.href;
}
