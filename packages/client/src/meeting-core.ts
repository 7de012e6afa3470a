import {
  type Admitted,
  type JoinResponse,
  MeridianError,
  type Reaction,
  type Role,
  type signaling,
  streamId,
} from '@meridian/protocol';
import { ChatOutbox } from './chat-outbox.ts';
import { LEAVE_TIMEOUT_MS } from './config.ts';
import type { ConnectionQuality } from './connection-quality.ts';
import { DataChannels } from './data-channels.ts';
import type { Environment } from './environment.ts';
import type { FailoverReason } from './failover.ts';
import { levelsOf, NO_LEVELS } from './levels.ts';
import { Listeners } from './listeners.ts';
import { LocalMedia } from './local-media.ts';
import { MediaManager } from './media-manager.ts';
import type { Body } from './message-socket.ts';
import { Observable } from './observable.ts';
import { defaultReconnectPolicy } from './reconnect-policy.ts';
import { RemoteStreams } from './remote-streams.ts';
import { requestLeave } from './rest.ts';
import { addChat, applyEvent, atTheDoor, fromState, type RoomState } from './room-state.ts';
import { SignalingConnection } from './signaling-connection.ts';
import { buildSnapshot } from './snapshot.ts';
import type { StageClock } from './stages.ts';
import { type Connections, change, NOT_CONNECTED, statusOf } from './status.ts';
import type { EndReason, JoinOptions, JoinStages, Levels, MeetingSnapshot } from './types.ts';

export type MeetingCoreOptions = {
  options: JoinOptions;
  origin: string;
  environment: Environment;
  clock: StageClock;
  entry: JoinResponse;
};

/** The parts of a meeting and what each has to tell the others. `Meeting` is its face. */
export class MeetingCore {
  readonly participantId: string;
  readonly media: MediaManager;
  readonly local: LocalMedia;
  readonly outbox: ChatOutbox;
  readonly data: DataChannels;
  readonly snapshot: Observable<MeetingSnapshot>;
  readonly levels = new Observable<Levels>(() => this.#levels);
  readonly quality = new Observable<ConnectionQuality | null>(() => this.#quality);
  readonly reactions = new Listeners<{ participantId: string; reaction: Reaction }>();
  readonly unmuteRequests = new Listeners<string>();
  /** Settles when the room has said `joined` or `waiting`, or will never. */
  readonly entered = Promise.withResolvers<void>();
  readonly #setUp: MeetingCoreOptions;
  readonly #signaling: SignalingConnection;
  readonly #remote: RemoteStreams;
  #room: RoomState;
  #region = '';
  #activeSpeaker: string | null = null;
  #levels: Levels = NO_LEVELS;
  #quality: ConnectionQuality | null = null;
  #connections: Connections = NOT_CONNECTED;
  #leaving: Promise<void> | undefined;

  constructor(setUp: MeetingCoreOptions) {
    const { options, environment, clock, entry } = setUp;
    const policy = options.reconnect ?? defaultReconnectPolicy;
    const admitted = entry.status === 'admitted' ? entry : null;
    this.#setUp = setUp;
    this.participantId = entry.participant_id;
    this.#room = firstState(entry, options.displayName);
    this.#region = admitted?.sfu.region ?? '';
    this.snapshot = new Observable((before) => this.#picture(before));
    this.#remote = new RemoteStreams(this.participantId, () => {
      this.media.streamsChanged();
      this.snapshot.invalidate();
    });
    this.data = new DataChannels(() => this.media.session);
    this.outbox = new ChatOutbox(
      ({ clientId, text, recipientId }) =>
        this.#signaling.send({
          type: 'chat',
          text,
          client_id: clientId,
          // The error for it, if there is one, carries this back.
          ref: clientId,
          ...(recipientId === undefined ? {} : { recipient_id: recipientId }),
        }),
      () => this.snapshot.invalidate(),
    );
    this.local = new LocalMedia({
      microphone: options.microphone ?? null,
      camera: options.camera ?? null,
      // Known before the room has spoken, so that not a word gets out first.
      muted: options.startMuted === true || (admitted !== null && entersMuted(admitted)),
      publish: (source, publication) => this.media.publish(source, publication),
      tell: (media, on) => this.confirm(toggleMessage(media, on, this.participantId)),
      changed: () => this.snapshot.invalidate(),
    });
    this.#signaling = new SignalingConnection({
      environment,
      url: socketUrl(entry.signaling_url, setUp.origin),
      ticket: entry.ticket,
      media: { audio: this.local.state.audio, video: this.local.state.video },
      policy,
      handlers: {
        opened: () => clock.mark('signaling_open'),
        joined: (message) => this.#joined(message),
        waiting: (message) => this.#waiting(message),
        moved: (message) => this.media.move(message),
        standby: (message) => this.media.prepare(message),
        event: (event) => this.#happened(event),
        repeated: (event) => this.#repeated(event),
        reaction: ({ participant_id, reaction }) =>
          this.reactions.tell({ participantId: participant_id, reaction }),
        refused: (ref, error) => void this.outbox.refused(String(ref), error),
        down: () => this.#disconnected(),
        ended: (reason, error) => this.#end(reason, error),
      },
    });
    this.media = new MediaManager({
      environment,
      policy,
      people: () => this.#room.participants.length,
      probeRoom: () => this.#signaling.probe(),
      roomHeardAt: () => this.#signaling.heardAt,
      roomLostAt: () => this.#signaling.lostAt,
      iceServers: entry.ice_servers,
      iceTransportPolicy: options.iceTransportPolicy ?? 'all',
      receive: options.receive ?? {},
      failover: options.failover ?? 'hot',
      remote: this.#remote,
      data: this.data,
      requestToken: async () =>
        (await this.#signaling.request({ type: 'request_media_token' }, 'media_token')).media_token,
      handlers: {
        stage: clock.mark,
        welcomed: (welcome) => {
          this.#region = welcome.region;
          this.snapshot.invalidate();
        },
        interrupted: (mediaDown) => this.#changeConnections({ mediaDown }),
        unpublished: (source) => this.local.unpublished(source),
        speakers: ({ active, levels }) => {
          this.#levels = levelsOf(levels);
          this.levels.invalidate();
          if (active === this.#activeSpeaker) return;
          this.#activeSpeaker = active;
          this.snapshot.invalidate();
        },
        quality: (quality) => {
          this.#quality = quality;
          this.quality.invalidate();
        },
        astray: (nodeId, reason) => void this.#requestNode(nodeId, reason),
        failedOver: (from, to, reason) => void this.#tellFailover(from, to, reason),
        outdated: () => this.#signaling.refresh(),
        failed: (error) => this.#end('failed', error),
      },
    });
    this.local.start();
    // Side by side with signaling: the node forwards for a valid token.
    if (admitted) this.media.move(admitted);
  }

  get stages(): JoinStages {
    return this.#setUp.clock.stages;
  }

  get joined(): boolean {
    return this.#connections.joined && !this.ended;
  }

  get ended(): boolean {
    return this.#connections.end !== null;
  }

  /** Asks the room for something; see SignalingConnection.confirm. */
  confirm(body: Body<signaling.ClientToRoom>): Promise<signaling.RoomToClient> {
    return this.#signaling.confirm(body);
  }

  async endForAll(): Promise<void> {
    try {
      await this.confirm({ type: 'end' });
    } catch (error) {
      // The end of the meeting may overtake the answer.
      if (this.#connections.end?.reason !== 'meeting_ended') throw error;
    }
    this.#end('meeting_ended');
  }

  leave(): Promise<void> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  async #leave(): Promise<void> {
    if (this.ended) return;
    const { options, origin, environment, entry } = this.#setUp;
    const said =
      this.#signaling.ready &&
      (await this.#signaling.leave(LEAVE_TIMEOUT_MS).then(
        () => true,
        () => false,
      ));
    if (!said) {
      // Without the room's socket, so that others do not wait for somebody who is gone.
      const leaving = requestLeave(options.meeting, entry.ticket, { origin, fetch: environment.fetch });
      leaving.catch(() => {});
    }
    this.#end('left');
  }

  #waiting({ reason, title }: signaling.Waiting): void {
    const since = this.#connections.waiting?.since ?? Date.now();
    this.#room = { ...this.#room, title };
    this.#changeConnections({ waiting: { reason, title, since }, signalingDown: false });
    this.entered.resolve();
  }

  #joined(message: signaling.Joined): void {
    const wasWaiting = this.#connections.waiting !== null;
    if (message.state) this.#room = fromState(message.state, this.#room);
    this.#setUp.clock.mark('joined');
    this.#changeConnections({ joined: true, waiting: null, signalingDown: false });
    const self = message.state?.participants.find((p) => p.participant_id === this.participantId);
    // Before media is opened: what was switched on at the door must not get out for a moment.
    if (wasWaiting && self && comesInMuted(self.role, this.#room)) this.local.silence();
    this.local.connected(self?.media);
    this.outbox.connected();
    this.media.move(message);
    this.entered.resolve();
  }

  #happened(event: signaling.OrderedEvent): void {
    this.#room = applyEvent(this.#room, event);
    this.#aboutSelf(event);
    if (event.type === 'chat_broadcast' && event.client_id) this.outbox.acknowledged(event.client_id);
    if (event.type === 'unmute_requested') this.unmuteRequests.tell(event.by);
    this.snapshot.invalidate();
  }

  /** An event from before: of use only as the answer to a message that was sent again. */
  #repeated(event: signaling.OrderedEvent): void {
    if (event.type !== 'chat_broadcast') return;
    this.#room = addChat(this.#room, event.message);
    if (event.client_id) this.outbox.acknowledged(event.client_id);
    this.snapshot.invalidate();
  }

  /** The answer is an `sfu_move`. */
  async #requestNode(nodeId: string, reason: 'unreachable' | 'lost'): Promise<void> {
    try {
      await this.confirm({ type: 'request_node', node_id: nodeId, reason });
    } catch (error) {
      // The room knows of nothing better just now, and is asked again when this node has failed some more.
      if (error instanceof MeridianError && NOT_NOW.includes(error.code)) return;
      this.#signaling.refresh();
    }
  }

  /** The answer is `standby`, or an `sfu_move` when the room has decided otherwise. */
  async #tellFailover(from: string, to: string, reason: FailoverReason): Promise<void> {
    try {
      await this.confirm({ type: 'activated', node_id: to, from_node_id: from, reason });
    } catch {
      // Away: when the room is back it names the old node, and is told again.
    }
  }

  #aboutSelf(event: signaling.OrderedEvent): void {
    const self = this.participantId;
    if (event.type === 'media_state' && event.participant_id === self) {
      this.local.observe(event.media, event.by === self);
    } else if (event.type === 'screen_share_started' && event.screen_share.participant_id === self) {
      this.local.observe({ screen: true }, true);
    } else if (event.type === 'screen_share_stopped' && event.participant_id === self) {
      // Only the answer to one's own request carries a ref.
      this.local.observe({ screen: false }, event.ref !== undefined);
    }
  }

  #disconnected(): void {
    this.local.disconnected();
    this.outbox.disconnected();
    const { joined, waiting } = this.#connections;
    if (joined || waiting) this.#changeConnections({ signalingDown: true });
  }

  #changeConnections(patch: Partial<Connections>): void {
    this.#connections = change(this.#connections, patch, Date.now());
    this.snapshot.invalidate();
  }

  #end(reason: EndReason, error?: MeridianError): void {
    if (this.ended) return;
    this.#changeConnections({ end: { reason, ...(error ? { error } : {}) } });
    this.#signaling.close();
    this.local.close();
    this.media.close();
    this.data.close();
    this.outbox.close();
    this.#levels = NO_LEVELS;
    this.levels.invalidate();
    this.entered.reject(
      error ?? new MeridianError(reason === 'meeting_ended' ? reason : 'not_joined', reason),
    );
  }

  #picture(before: MeetingSnapshot | null): MeetingSnapshot {
    return buildSnapshot(
      {
        status: statusOf(this.#connections),
        room: this.#room,
        selfId: this.participantId,
        selfMedia: this.local.state,
        streamsOf: (id) => this.#remote.of(id),
        outgoing: this.outbox.entries,
        region: this.#region,
        activeSpeakerId: this.#activeSpeaker,
      },
      before,
    );
  }
}

const NOT_NOW: readonly MeridianError['code'][] = ['no_capacity', 'overloaded', 'rate_limited'];

function firstState(entry: JoinResponse, displayName: string): RoomState {
  if (entry.status === 'admitted') return fromState(entry.meeting_state, null);
  return atTheDoor(entry.title, {
    participant_id: entry.participant_id,
    display_name: displayName,
    role: entry.role,
    joined_at: entry.server_time,
    connection: 'connected',
    media: { audio: false, video: false, screen: false },
    guest: false,
    hand_raised_at: null,
  });
}

function entersMuted({ meeting_settings, role }: Admitted): boolean {
  return comesInMuted(role, { settings: meeting_settings });
}

/** As the room decides it. */
function comesInMuted(role: Role, { settings }: Pick<RoomState, 'settings'>): boolean {
  return settings.mute_on_entry && role !== 'host';
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
