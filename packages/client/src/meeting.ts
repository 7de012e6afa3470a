import {
  LIMITS,
  type MeetingSettingsPatch,
  MeridianError,
  type Reaction,
  type Role,
} from '@meridian/protocol';
import { JOIN_TIMEOUT_MS } from './config.ts';
import type { ConnectionQuality } from './connection-quality.ts';
import type { DataChannel, DataChannelOptions, DataMessage } from './data-channels.ts';
import { browserEnvironment, type Environment } from './environment.ts';
import { notJoined, withTimeout } from './errors.ts';
import { MeetingCore } from './meeting-core.ts';
import { originOf, requestJoin } from './rest.ts';
import { StageClock } from './stages.ts';
import type { MeetingStats } from './stats.ts';
import type {
  JoinOptions,
  JoinStages,
  Levels,
  MeetingSnapshot,
  Observed,
  ReceiveOptions,
  ScreenOptions,
  VideoWish,
} from './types.ts';

/**
 * A meeting one takes part in. It holds what the participant wants (tracks, mute, wishes, chat) and keeps two
 * connections to bring that about, one to the room and one to a media node, each restored by itself.
 * Closing: leave(), endForAll(), or the room ends it; afterwards the status is `ended` and stays so.
 *
 * What asks the room for something resolves with the room's answer and rejects with MeridianError: the room's own
 * (`forbidden`, `unknown_participant`, `rate_limited` …), `timeout` when the answer did not come, `not_joined` at the
 * door or after the end.
 */
export class Meeting {
  /** One's own, as in the snapshot. */
  readonly participantId: string;
  /** How loud everybody is, at most four times a second; apart from the snapshot, which stays as it is. */
  readonly levels: Observed<Levels>;
  /** How good this participant's connection is, every few seconds. Null until it was measured, and while waiting. */
  readonly quality: Observed<ConnectionQuality | null>;
  readonly #core: MeetingCore;

  /**
   * Asks to be admitted and opens both connections. Resolves when the room has said `joined` (media may come a
   * moment later), or that one has to wait at the door: then the status is `waiting`, and becomes `connected` when a
   * host lets one in. Rejects with MeridianError: `password_required`, `wrong_password`, `sign_in_required`,
   * `meeting_not_found`, `meeting_ended`, `meeting_locked`, `meeting_full`, `denied`, `no_capacity`, `rate_limited`,
   * `timeout` …, or with the signal's reason. Nothing is left behind when it rejects.
   */
  static async join(options: JoinOptions, environment: Environment = browserEnvironment()): Promise<Meeting> {
    const clock = new StageClock();
    const origin = originOf(options.origin);
    options.signal?.throwIfAborted();
    // In parallel with the request. A failure shows when media is set up.
    environment.loadDevice(0).catch(() => {});
    const entry = await requestJoin(
      options.meeting,
      {
        display_name: options.displayName,
        ...(options.password === undefined ? {} : { password: options.password }),
        ...(options.hostKey === undefined ? {} : { host_key: options.hostKey }),
        ...(options.roundTrips === undefined ? {} : { round_trips: options.roundTrips }),
      },
      { origin, fetch: environment.fetch, ...(options.signal ? { signal: options.signal } : {}) },
    );
    clock.mark('admitted');
    const core = new MeetingCore({ options, origin, environment, clock, entry });
    const abort = () => core.entered.reject(options.signal?.reason);
    options.signal?.addEventListener('abort', abort);
    try {
      if (options.signal?.aborted) abort();
      await withTimeout(core.entered.promise, JOIN_TIMEOUT_MS, 'joining');
      return new Meeting(core);
    } catch (error) {
      await core.leave();
      throw error;
    } finally {
      options.signal?.removeEventListener('abort', abort);
    }
  }

  /** Use join(). */
  private constructor(core: MeetingCore) {
    this.#core = core;
    this.participantId = core.participantId;
    this.levels = core.levels;
    this.quality = core.quality;
  }

  // ---- the picture ---------------------------------------------------------------------------------------

  /** The meeting as it is now. The same object until something changes. */
  get snapshot(): MeetingSnapshot {
    return this.#core.snapshot.get();
  }

  /** Calls back after changes, once for many at a time. Returns how to unsubscribe. Bound: may be passed on. */
  readonly subscribe = (listener: () => void): (() => void) => this.#core.snapshot.subscribe(listener);

  /** The snapshot as a bound function, as React's useSyncExternalStore takes it. */
  readonly getSnapshot = (): MeetingSnapshot => this.#core.snapshot.get();

  /** How long each stage of joining took. */
  get stages(): JoinStages {
    return this.#core.stages;
  }

  /** Everything measurable of the connection and of each stream, since the last look. Null without media. */
  stats(): Promise<MeetingStats | null> {
    return this.#core.media.stats();
  }

  // ---- one's own media: works at the door too, for when one is let in --------------------------------------

  /** Publishes a microphone, exchanges it, or (null) takes it away. The mute state stays. */
  setMicrophone(track: MediaStreamTrack | null): Promise<void> {
    return this.#unlessEnded(() => this.#core.local.setMicrophone(track));
  }

  /** Publishes a camera, exchanges it, or (null) takes it away: nothing is sent any more. */
  setCamera(track: MediaStreamTrack | null): Promise<void> {
    return this.#unlessEnded(() => this.#core.local.setCamera(track));
  }

  /** Sends nothing of the microphone from this moment; resolves when everybody has been told. */
  mute(): Promise<void> {
    return this.#unlessEnded(() => this.#core.local.setMuted(true));
  }

  /** Rejects with `forbidden` where participants may not; see `capabilities.canUnmute`. */
  unmute(): Promise<void> {
    return this.#unlessEnded(() => this.#core.local.setMuted(false));
  }

  /** Shares what getDisplayMedia gave: its video, and its audio if there is one. */
  startScreenShare(stream: MediaStream, options: ScreenOptions = {}): Promise<void> {
    return this.#whileJoined(() => this.#core.local.startScreen(stream, options));
  }

  /** Ends one's own share. The tracks stay the caller's: stop them to take the browser's notice away. */
  stopScreenShare(): Promise<void> {
    return this.#unlessEnded(() => this.#core.local.stopScreen());
  }

  /**
   * How many simulcast layers of the camera are encoded, from the smallest picture up: 1 spares a weak device most
   * of the work, null encodes all. What receivers get follows by itself.
   */
  setCameraLayers(layers: number | null): Promise<void> {
    return this.#unlessEnded(() => this.#core.local.setCameraLayers(layers));
  }

  // ---- what is received ------------------------------------------------------------------------------------

  /** Which videos are shown, and how large. The whole wish: what is not in it is not received. */
  setVideoWishes(wishes: VideoWish[]): void {
    this.#core.media.wishes.set(wishes);
  }

  /** What to receive at all. Replaces the last; everything by default. */
  setReceive(options: ReceiveOptions): void {
    this.#core.media.setReceive(options);
  }

  // ---- what everybody can do -------------------------------------------------------------------------------

  /** Queues a message: to everyone, or `to` one participant. It appears in the snapshot at once. */
  sendChat(text: string, options: { to?: string } = {}): void {
    this.#requireJoined();
    const trimmed = text.trim();
    if (trimmed === '') throw new MeridianError('unprocessable', 'the message is empty');
    if (trimmed.length > LIMITS.chatText) {
      throw new MeridianError('too_large', `a message may have ${LIMITS.chatText} characters`);
    }
    const recipientId = options.to;
    this.#core.outbox.add({
      clientId: crypto.randomUUID(),
      text: trimmed,
      recipientId,
      queuedAt: Date.now(),
    });
  }

  /** Puts one's own hand up or down. */
  async raiseHand(raised: boolean): Promise<void> {
    await this.#core.confirm({ type: 'raise_hand', raised });
  }

  /** Throws a reaction at everybody's screen; it also comes back by onReaction. */
  async react(reaction: Reaction): Promise<void> {
    await this.#core.confirm({ type: 'reaction', reaction });
  }

  /** Hears of everybody's reactions, one's own too. They are kept nowhere. Returns how to unsubscribe. */
  onReaction(listener: (shown: { participantId: string; reaction: Reaction }) => void): () => void {
    return this.#core.reactions.add(listener);
  }

  /** Another name for oneself; with `id` a host renames somebody else. */
  async rename(displayName: string, id?: string): Promise<void> {
    await this.#core.confirm({
      type: 'rename',
      display_name: displayName,
      ...(id === undefined ? {} : { target_user: id }),
    });
  }

  /** A host, with the id given, asks to switch the microphone on: only unmute() can. Returns how to unsubscribe. */
  onUnmuteRequested(listener: (byId: string) => void): () => void {
    return this.#core.unmuteRequests.add(listener);
  }

  /** Becomes a host by the key that came with the meeting. Rejects with `wrong_host_key`. */
  async claimHost(hostKey: string): Promise<void> {
    await this.#core.confirm({ type: 'claim_host', host_key: hostKey });
  }

  /**
   * Opens a data channel to everybody in the meeting, past the room and as quick as media. It survives reconnects;
   * what is sent while there is no connection is not. One for each label (`^[a-z][a-z0-9_-]{0,31}$`).
   */
  openDataChannel(label: string, options: DataChannelOptions = {}): DataChannel {
    this.#requireNotEnded();
    return this.#core.data.open(label, options);
  }

  /** Hears what others send on their channels of this label. Returns how to unsubscribe. */
  onData(label: string, listener: (message: DataMessage) => void): () => void {
    return this.#core.data.listen(label, listener);
  }

  // ---- what hosts and co-hosts can do: see `capabilities` ---------------------------------------------------

  /** Silences somebody. They can switch it on again themselves, where the settings let them. */
  async muteParticipant(id: string): Promise<void> {
    await this.#core.confirm({ type: 'mute', target_user: id, media: 'audio' });
  }

  /** Switches somebody's camera off. They can switch it on again themselves. */
  async stopVideo(id: string): Promise<void> {
    await this.#core.confirm({ type: 'mute', target_user: id, media: 'video' });
  }

  /** Ends somebody's screen share. */
  async stopShare(id: string): Promise<void> {
    await this.#core.confirm({ type: 'screen_share_stop', target_user: id });
  }

  /** Silences everybody but hosts and co-hosts. */
  async muteAll(): Promise<void> {
    await this.#core.confirm({ type: 'mute_all' });
  }

  /** Asks somebody to switch their microphone on. Nobody can do it for them. */
  async requestUnmute(id: string): Promise<void> {
    await this.#core.confirm({ type: 'request_unmute', target_user: id });
  }

  /** Takes somebody's hand down. */
  async lowerHand(id: string): Promise<void> {
    await this.#core.confirm({ type: 'raise_hand', raised: false, target_user: id });
  }

  /** Lets somebody in who waits at the door. */
  async admit(id: string): Promise<void> {
    await this.#core.confirm({ type: 'admit', target_user: id });
  }

  /** Lets everybody in who waits at the door. */
  async admitAll(): Promise<void> {
    await this.#core.confirm({ type: 'admit_all' });
  }

  /** Turns somebody away who waits at the door, for this session of the meeting. */
  async deny(id: string): Promise<void> {
    await this.#core.confirm({ type: 'deny', target_user: id });
  }

  /** Hosts only. */
  async setRole(id: string, role: Role): Promise<void> {
    await this.#core.confirm({ type: 'set_role', target_user: id, role });
  }

  /** Locked: nobody new gets in. */
  async setLocked(locked: boolean): Promise<void> {
    await this.#core.confirm({ type: 'lock', locked });
  }

  /** Changes some of the meeting's settings for all; what is absent stays. */
  async updateSettings(settings: MeetingSettingsPatch): Promise<void> {
    await this.#core.confirm({ type: 'update_settings', settings });
  }

  /** Removes somebody, who cannot come back to this session of the meeting. */
  async removeParticipant(id: string): Promise<void> {
    await this.#core.confirm({ type: 'remove', target_user: id });
  }

  /** Hosts only: ends the meeting for everybody. */
  endForAll(): Promise<void> {
    return this.#core.endForAll();
  }

  /** Leaves, from the door too. Never rejects, and may be called again. */
  leave(): Promise<void> {
    return this.#core.leave();
  }

  #requireNotEnded(): void {
    if (this.#core.ended) throw notJoined();
  }

  #requireJoined(): void {
    if (!this.#core.joined) throw notJoined();
  }

  async #unlessEnded(work: () => Promise<void>): Promise<void> {
    this.#requireNotEnded();
    await work();
  }

  async #whileJoined(work: () => Promise<void>): Promise<void> {
    this.#requireJoined();
    await work();
  }
}
