import {
  type MediaState,
  type MeetingState,
  type Participant,
  signaling,
  streamId,
} from '@meridian/protocol';
import type { FakeServer, ServerSocket } from './fake-network.ts';

const MEETING = '00000000-0000-4000-8000-0000000000aa';

export function id(number: number): string {
  return `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

type Person = {
  participant: Participant;
  sessionId: string;
  secret: string;
  socket: ServerSocket | null;
  joined: boolean;
  /** What was sent to this one, for resumes. */
  log: signaling.OrderedEvent[];
  lastSeq: number;
};

type Unordered = signaling.OrderedEvent extends infer E
  ? E extends { seq: number }
    ? Omit<E, 'seq' | 'prev' | 'v' | 'ref'>
    : never
  : never;

/** A room in memory: roster, order of events, resume, chat at most once. The ticket is the participant's id. */
export class FakeRoom implements FakeServer {
  readonly people = new Map<string, Person>();
  readonly chat: MeetingState['chat'] = [];
  readonly #chatIds = new Map<string, string>();
  readonly url: string;
  mediaUrl: string;
  fingerprint = '';
  muteOnEntry = false;
  /** Resumes get the whole state, as if the log did not reach back. */
  forgetful = false;
  /** Refuses these messages. */
  refuse: { type: string; code: string; retryAfterMs?: number } | null = null;
  heard: Record<string, unknown>[] = [];
  tokens = 0;
  #seq = 0;
  #share: MeetingState['screen_share'] = null;

  constructor(url: string, mediaUrl: string) {
    this.url = url;
    this.mediaUrl = mediaUrl;
  }

  /** As POST /join does. */
  admit(name: string, role: Participant['role'] = 'participant') {
    const participantId = id(this.people.size + 1);
    this.people.set(participantId, {
      participant: {
        participant_id: participantId,
        display_name: name,
        role,
        joined_at: 1000 + this.people.size,
        connection: 'connected',
        media: { audio: false, video: false, screen: false },
      },
      sessionId: id(1000 + this.people.size),
      secret: 'secret',
      socket: null,
      joined: false,
      log: [],
      lastSeq: 0,
    });
    return {
      status: 'admitted',
      participant_id: participantId,
      role,
      ticket: participantId,
      signaling_url: this.url,
      ice_servers: [],
      meeting_settings: this.#settings(),
      meeting_state: this.state(),
      sfu: this.#sfu(),
      standby: null,
      server_time: 0,
    };
  }

  /** Somebody else comes, without a socket. */
  enter(name: string, media: Partial<MediaState> = {}): string {
    const { participant_id } = this.admit(name);
    const person = this.#person(participant_id);
    person.joined = true;
    person.participant = { ...person.participant, media: { ...person.participant.media, ...media } };
    this.broadcast({ type: 'participant_joined', participant: person.participant }, participant_id);
    return participant_id;
  }

  state(): MeetingState {
    return {
      meeting_id: MEETING,
      code: '123-4567-8901',
      meeting_session_id: id(0xbb),
      title: 'Test',
      settings: this.#settings(),
      started_at: 0,
      participants: [...this.people.values()].filter((p) => p.joined).map((p) => p.participant),
      chat: this.chat.slice(-200),
      screen_share: this.#share,
    };
  }

  connected(): void {}

  disconnected(socket: ServerSocket): void {
    for (const person of this.people.values()) if (person.socket === socket) person.socket = null;
  }

  received(socket: ServerSocket, message: Record<string, unknown>): void {
    const parsed = signaling.ClientToRoom.parse(message);
    this.heard.push(message);
    const person = this.#person(socket.protocols[1] ?? '');
    const { ref } = parsed;
    if (this.refuse?.type === parsed.type) {
      const { code, retryAfterMs } = this.refuse;
      socket.send({
        type: 'error',
        ref,
        code,
        message: 'refused by the test',
        ...(retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs }),
      });
      return;
    }
    const self = person.participant.participant_id;
    switch (parsed.type) {
      case 'join':
        this.#join(person, socket, parsed.media);
        break;
      case 'resume':
        this.#resume(person, socket, parsed.last_seq);
        break;
      case 'leave':
        socket.send({ type: 'left', ref });
        break;
      case 'mute':
      case 'unmute': {
        const target = parsed.type === 'mute' ? (parsed.target_user ?? self) : self;
        this.setMedia(target, { [parsed.media]: parsed.type === 'unmute' }, self, ref);
        break;
      }
      case 'video_toggle':
        this.setMedia(self, { video: parsed.enabled }, self, ref);
        break;
      case 'screen_share_start':
        this.#share = { participant_id: self, stream_id: streamId(self, 'screen') };
        this.broadcast({ type: 'screen_share_started', screen_share: this.#share }, self, { ref });
        break;
      case 'screen_share_stop':
        this.#share = null;
        this.broadcast({ type: 'screen_share_stopped', participant_id: self }, self, { ref });
        break;
      case 'chat':
        this.#chat(person, parsed);
        break;
      case 'request_media_token':
        this.tokens += 1;
        socket.send({ type: 'media_token', ref, media_token: `token-${this.tokens}` });
        break;
      case 'end':
        this.broadcast({ type: 'meeting_ended', by: self }, self, { ref });
        for (const other of this.people.values()) other.socket?.close(4410);
        break;
    }
  }

  setMedia(target: string, change: Partial<MediaState>, by: string, ref?: string | number): void {
    const person = this.#person(target);
    const media = { ...person.participant.media, ...change };
    person.participant = { ...person.participant, media };
    this.broadcast({ type: 'media_state', participant_id: target, media, by }, by, { ref });
  }

  /** To everybody; `refs` only in the copy of `author`. */
  broadcast(
    event: Unordered,
    author: string,
    extra: { ref?: string | number | undefined; client_id?: string } = {},
  ) {
    this.#seq += 1;
    for (const [participantId, person] of this.people) {
      const own = participantId === author ? extra : {};
      const copy = signaling.OrderedEvent.parse({
        v: 1,
        ...event,
        seq: this.#seq,
        prev: person.lastSeq,
        ...own,
      });
      person.lastSeq = this.#seq;
      person.log.push(copy);
      if (person.joined) person.socket?.send(copy);
    }
  }

  /** An event for others only, which raises the numbers nevertheless. */
  skip(): void {
    this.#seq += 1;
  }

  #join(person: Person, socket: ServerSocket, media: { audio: boolean; video: boolean }): void {
    person.socket = socket;
    const { role } = person.participant;
    const audio = media.audio && !(this.muteOnEntry && role === 'participant');
    person.participant = { ...person.participant, media: { audio, video: media.video, screen: false } };
    if (!person.joined) {
      this.broadcast({ type: 'participant_joined', participant: person.participant }, '');
      person.joined = true;
    }
    this.#welcome(person, socket, true);
  }

  #resume(person: Person, socket: ServerSocket, lastSeq: number): void {
    person.socket?.close(4409);
    person.socket = socket;
    this.#welcome(person, socket, this.forgetful);
    if (this.forgetful) return;
    socket.send({ type: 'batch', events: person.log.filter((event) => event.seq > lastSeq) });
  }

  #welcome(person: Person, socket: ServerSocket, withState: boolean): void {
    socket.send({
      type: 'joined',
      seq: this.#seq,
      participant_id: person.participant.participant_id,
      session_id: person.sessionId,
      session_secret: person.secret,
      server_time: 0,
      ...(withState ? { state: this.state(), reset: true } : {}),
      sfu: this.#sfu(),
      standby: null,
      delivery: 'webrtc',
    });
  }

  #chat(person: Person, message: signaling.ClientToRoom & { type: 'chat' }): void {
    const sender = person.participant.participant_id;
    const known = this.#chatIds.get(message.client_id);
    if (known !== undefined) {
      // Told again as it was, to the sender only.
      const event = person.log.find((e) => e.type === 'chat_broadcast' && e.message.message_id === known);
      if (event) person.socket?.send(event);
      return;
    }
    const entry = {
      message_id: id(0x10000 + this.chat.length),
      sender_id: sender,
      sender_name: person.participant.display_name,
      text: message.text,
      sent_at: this.chat.length,
    };
    this.chat.push(entry);
    this.#chatIds.set(message.client_id, entry.message_id);
    this.broadcast({ type: 'chat_broadcast', message: entry }, sender, {
      ref: message.ref,
      client_id: message.client_id,
    });
  }

  #person(participantId: string): Person {
    const person = this.people.get(participantId);
    if (!person) throw new Error(`nobody has the id ${participantId}`);
    return person;
  }

  #settings() {
    return { mute_on_entry: this.muteOnEntry, allow_screen_share: 'all' as const, max_participants: 100 };
  }

  #sfu() {
    return {
      node_id: 'node-1',
      region: 'test-1',
      url: this.mediaUrl,
      address: '127.0.0.1',
      port: 40000,
      dtls_fingerprint: this.fingerprint,
      media_token: 'token-0',
    };
  }
}
