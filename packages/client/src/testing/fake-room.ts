import {
  type Failover,
  type MediaPlaces,
  type MediaState,
  MeetingSettings,
  type MeetingState,
  type Participant,
  type SfuEndpoint,
  signaling,
  type WaitingParticipant,
} from '@meridian/protocol';
import type { FakeServer, ServerSocket } from './fake-network.ts';
import { carryOut } from './room-commands.ts';

const MEETING = '00000000-0000-4000-8000-0000000000aa';

export function id(number: number): string {
  return `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

export type Person = {
  participant: Participant;
  sessionId: string;
  secret: string;
  socket: ServerSocket | null;
  /** At the door, at the table, or not there yet. */
  place: 'away' | 'door' | 'table';
  /** What was sent to this one, for resumes. */
  log: signaling.OrderedEvent[];
  lastSeq: number;
};

type Unordered = signaling.OrderedEvent extends infer E
  ? E extends { seq: number }
    ? Omit<E, 'seq' | 'prev' | 'v' | 'ref'>
    : never
  : never;

type Copy = { ref?: string | number | undefined; client_id?: string; to?: string };

/** A room in memory: roster, order of events, door, resume, chat at most once. The ticket is the participant's id. */
export class FakeRoom implements FakeServer {
  readonly people = new Map<string, Person>();
  readonly chat: MeetingState['chat'] = [];
  readonly url: string;
  /** Where media goes. */
  mediaUrl: string;
  nodeId = 'node-1';
  fingerprint = '';
  /** Where everybody goes when that node is lost. */
  standby: { id: string; url: string; failover: Failover } | null = null;
  /** The standby after that one. */
  nextStandby: FakeRoom['standby'] = null;
  settings = MeetingSettings.parse({});
  locked = false;
  share: MeetingState['screen_share'] = null;
  hostKey = 'key';
  /** Whoever comes now has to wait, for this reason. */
  door: signaling.Waiting['reason'] | null = null;
  /** Resumes get the whole state, as if the log did not reach back. */
  forgetful = false;
  /** Refuses these messages. */
  refuse: { type: string; code: string; retryAfterMs?: number } | null = null;
  /** Where `request_node` leads; null: it is refused. */
  nextNode: { id: string; url: string } | null = null;
  heard: Record<string, unknown>[] = [];
  tokens = 0;
  #seq = 0;

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
        guest: true,
        hand_raised_at: null,
      },
      sessionId: id(1000 + this.people.size),
      secret: 'secret',
      socket: null,
      place: this.door ? 'door' : 'away',
      log: [],
      lastSeq: 0,
    });
    const entry = {
      participant_id: participantId,
      role,
      ticket: participantId,
      signaling_url: this.url,
      ice_servers: [],
      server_time: 0,
    };
    if (this.door) return { ...entry, status: 'waiting', title: 'Test', reason: this.door };
    return {
      ...entry,
      status: 'admitted',
      meeting_settings: this.settings,
      meeting_state: this.state(),
      ...this.places(),
    };
  }

  /** Somebody else comes, without a socket. */
  enter(name: string, media: Partial<MediaState> = {}, role: Participant['role'] = 'participant'): string {
    const { participant_id } = this.admit(name, role);
    const person = this.person(participant_id);
    person.place = 'table';
    person.participant = { ...person.participant, media: { ...person.participant.media, ...media } };
    this.broadcast({ type: 'participant_joined', participant: person.participant }, participant_id);
    return participant_id;
  }

  /** A host opens the door. */
  letIn(participantId: string): void {
    const person = this.person(participantId);
    this.#seat(person);
    if (person.socket) this.#welcome(person, person.socket, true);
  }

  state(): MeetingState {
    const waiting = [...this.people.values()].filter((person) => person.place === 'door').map(atTheDoor);
    return {
      meeting_id: MEETING,
      code: '123-4567-8901',
      meeting_session_id: id(0xbb),
      title: 'Test',
      settings: this.settings,
      started_at: 0,
      participants: [...this.people.values()].filter((p) => p.place === 'table').map((p) => p.participant),
      chat: this.chat.slice(-200),
      screen_share: this.share,
      locked: this.locked,
      waiting,
    };
  }

  places(): MediaPlaces {
    const { standby } = this;
    return {
      sfu: this.#endpoint(this.nodeId, this.mediaUrl),
      standby: standby && this.#endpoint(standby.id, standby.url),
      failover: standby?.failover ?? 'cold',
    };
  }

  /** Names another standby, or none. */
  nameStandby(standby: FakeRoom['standby'], ref?: string | number): void {
    this.standby = standby;
    const { sfu, ...places } = this.places();
    for (const person of this.people.values()) person.socket?.send({ type: 'standby', ref, ...places });
  }

  #endpoint(nodeId: string, url: string): SfuEndpoint {
    return {
      node_id: nodeId,
      region: 'test-1',
      url,
      address: '127.0.0.1',
      port: 40000,
      dtls_fingerprint: this.fingerprint,
      media_token: 'token-0',
    };
  }

  /** Media of everybody goes elsewhere. */
  move(nodeId: string, url: string): void {
    this.nodeId = nodeId;
    this.mediaUrl = url;
    if (this.standby?.id === nodeId) this.standby = null;
    for (const person of this.people.values()) {
      person.socket?.send({ type: 'sfu_move', reason: 'drain', ...this.places() });
    }
  }

  connected(): void {}

  disconnected(socket: ServerSocket): void {
    for (const person of this.people.values()) if (person.socket === socket) person.socket = null;
  }

  received(socket: ServerSocket, message: Record<string, unknown>): void {
    const parsed = signaling.ClientToRoom.parse(message);
    this.heard.push(message);
    const person = this.person(socket.protocols[1] ?? '');
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
    if (parsed.type === 'join') this.#join(person, socket, parsed.media);
    else if (parsed.type === 'resume') this.#resume(person, socket, parsed.last_seq);
    else if (parsed.type === 'leave') socket.send({ type: 'left', ref });
    else carryOut(this, person, socket, parsed);
  }

  setMedia(target: string, change: Partial<MediaState>, by: string, ref?: string | number): void {
    const person = this.person(target);
    const media = { ...person.participant.media, ...change };
    person.participant = { ...person.participant, media };
    this.broadcast({ type: 'media_state', participant_id: target, media, by }, by, { ref });
  }

  /** Something about somebody changes. */
  update(target: string, change: Partial<Participant>, author: string, ref?: string | number): void {
    const person = this.person(target);
    person.participant = { ...person.participant, ...change };
    this.broadcast({ type: 'participant_updated', participant: person.participant }, author, { ref });
  }

  /** To everybody, or `to` one; the rest of `copy` only in that of `author`. */
  broadcast(event: Unordered, author: string, { to, ...copy }: Copy = {}): void {
    this.#seq += 1;
    for (const [participantId, person] of this.people) {
      if (to !== undefined && participantId !== to) continue;
      const own = participantId === author ? copy : {};
      const sent = signaling.OrderedEvent.parse({
        v: 1,
        ...event,
        seq: this.#seq,
        prev: person.lastSeq,
        ...own,
      });
      person.lastSeq = this.#seq;
      person.log.push(sent);
      if (person.place === 'table') person.socket?.send(sent);
    }
  }

  /** An event for others only, which raises the numbers nevertheless. */
  skip(): void {
    this.#seq += 1;
  }

  person(participantId: string): Person {
    const person = this.people.get(participantId);
    if (!person) throw new Error(`nobody has the id ${participantId}`);
    return person;
  }

  #join(person: Person, socket: ServerSocket, media: { audio: boolean; video: boolean }): void {
    person.socket = socket;
    person.participant = { ...person.participant, media: { ...media, screen: false } };
    if (person.place === 'door') this.#keepWaiting(person, socket);
    else {
      this.#seat(person);
      this.#welcome(person, socket, true);
    }
  }

  #seat(person: Person): void {
    if (person.place === 'table') return;
    const { media, role } = person.participant;
    const audio = media.audio && !(this.settings.mute_on_entry && role !== 'host');
    person.participant = { ...person.participant, media: { ...media, audio } };
    this.broadcast({ type: 'participant_joined', participant: person.participant }, '');
    person.place = 'table';
  }

  #resume(person: Person, socket: ServerSocket, lastSeq: number): void {
    person.socket?.close(4409);
    person.socket = socket;
    if (person.place === 'door') {
      this.#keepWaiting(person, socket);
      return;
    }
    const whole = this.forgetful || lastSeq === 0;
    this.#welcome(person, socket, whole);
    if (whole) return;
    socket.send({ type: 'batch', events: person.log.filter((event) => event.seq > lastSeq) });
  }

  #keepWaiting(person: Person, socket: ServerSocket): void {
    socket.send({
      type: 'waiting',
      title: 'Test',
      reason: this.door ?? 'waiting_room',
      session_id: person.sessionId,
      session_secret: person.secret,
      server_time: 0,
    });
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
      ...this.places(),
      delivery: 'webrtc',
    });
  }
}

export function atTheDoor({ participant }: Person): WaitingParticipant {
  const { participant_id, display_name, guest, joined_at } = participant;
  return { participant_id, display_name, guest, since: joined_at };
}
