import {
  type ChatMessage,
  type MeetingState,
  type Participant,
  PROTOCOL_VERSION,
  signaling,
} from '@meridian/protocol';
import {
  type Caller,
  type MeetingRecord,
  ROOM_HEADERS,
  type RoomJoinRequest,
  type RoomJoinResult,
} from '../contract.ts';
import { admitted, type Room, sentToDoor } from './fixtures.ts';
import { SocketReader } from './socket-reader.ts';

type Frame = signaling.RoomToClient;
type Request = signaling.ClientToRoom extends infer M
  ? M extends { v: unknown }
    ? Omit<M, 'v' | 'ref'>
    : never
  : never;
export type FrameOf<T extends Frame['type']> = Extract<Frame, { type: T }>;

/** A client that follows the rules: it keeps a picture, notices gaps, and resumes. */
export class TestClient {
  readonly room: Room;
  readonly admission: RoomJoinResult;
  readonly sessionId: string;
  reader: SocketReader<Frame>;
  state: MeetingState | null = null;
  lastSeq = 0;
  secret = '';
  /** Events that did not follow on the one before. */
  gaps: signaling.OrderedEvent[] = [];
  /** Every ordered event in the order it was taken in. */
  events: signaling.OrderedEvent[] = [];
  resets = 0;
  /** Nothing gets through any more, and neither side has noticed. */
  deaf = false;
  #refs = 0;

  private constructor(room: Room, admission: RoomJoinResult, sessionId: string, response: Response) {
    this.room = room;
    this.admission = admission;
    this.sessionId = sessionId;
    this.reader = this.#read(response);
  }

  static async open(room: Room, admission: RoomJoinResult): Promise<TestClient> {
    const sessionId = sessionOf(admission.ticket);
    return new TestClient(
      room,
      admission,
      sessionId,
      await openSignal(room, admission.participant_id, sessionId),
    );
  }

  /** From POST /join to the door. */
  static async wait(
    room: Room,
    meeting: MeetingRecord,
    change: Partial<RoomJoinRequest> = {},
    media = { audio: true, video: true },
  ): Promise<TestClient> {
    const client = await TestClient.open(room, await sentToDoor(room, meeting, change));
    const answer = await client.ask({ type: 'join', media });
    if (answer.type !== 'waiting') throw new Error(JSON.stringify(answer));
    return client;
  }

  /** From POST /join to `joined`. */
  static async join(
    room: Room,
    meeting: MeetingRecord,
    change: Partial<RoomJoinRequest> = {},
    media = { audio: true, video: true },
  ): Promise<TestClient> {
    const client = await TestClient.open(room, await admitted(room, meeting, change));
    await client.ask({ type: 'join', media });
    return client;
  }

  get id(): string {
    return this.admission.participant_id;
  }

  get participants(): Map<string, Participant> {
    return new Map(this.state?.participants.map((one) => [one.participant_id, one]));
  }

  get caller(): Caller {
    return { participant_id: this.id, session_id: this.sessionId };
  }

  get chat(): ChatMessage[] {
    return this.state?.chat ?? [];
  }

  send(request: Request, ref?: number): void {
    this.reader.socket.send(JSON.stringify({ v: PROTOCOL_VERSION, ...request, ref }));
  }

  /** Sends a request and waits for what answers it. */
  async ask(request: Request): Promise<Frame> {
    this.#refs += 1;
    const ref = this.#refs;
    const { reader } = this;
    this.send(request, ref);
    return reader.next((frame): frame is Frame => frame.ref === ref);
  }

  /** Waits until an event of this type was taken in. */
  async event<T extends signaling.OrderedEvent['type']>(
    type: T,
    fits: (event: Extract<signaling.OrderedEvent, { type: T }>) => boolean = () => true,
  ): Promise<Extract<signaling.OrderedEvent, { type: T }>> {
    const is = (event: signaling.OrderedEvent): event is Extract<signaling.OrderedEvent, { type: T }> =>
      event.type === type;
    let found: Extract<signaling.OrderedEvent, { type: T }> | undefined;
    await this.reader.until(() => {
      found = this.events.filter(is).find(fits);
      return found !== undefined;
    });
    if (!found) throw new Error('unreachable');
    return found;
  }

  /** A new socket for the same session; what the old one still brings is ignored, as after a lost network. */
  async reconnect(): Promise<void> {
    const response = await openSignal(this.room, this.id, this.sessionId);
    this.deaf = false;
    this.reader = this.#read(response);
  }

  async resume(): Promise<Frame> {
    await this.reconnect();
    return this.ask({
      type: 'resume',
      session_id: this.sessionId,
      session_secret: this.secret,
      last_seq: this.lastSeq,
    });
  }

  drop(): void {
    this.reader.socket.close(1000, 'gone');
  }

  #read(response: Response): SocketReader<Frame> {
    const reader: SocketReader<Frame> = new SocketReader(response, (text) => {
      const frame = signaling.RoomToClient.parse(JSON.parse(text));
      if (!this.deaf && (this.reader === undefined || this.reader === reader)) this.#take(frame);
      return frame;
    });
    return reader;
  }

  #take(frame: Frame): void {
    switch (frame.type) {
      case 'joined':
        this.secret = frame.session_secret;
        if (frame.reset) this.resets += 1;
        if (!frame.state) return;
        this.state = structuredClone(frame.state);
        this.lastSeq = frame.seq;
        return;
      case 'batch':
        for (const event of frame.events) this.#takeEvent(event);
        return;
      case 'waiting':
        this.secret = frame.session_secret;
        return;
      case 'left':
      case 'error':
      case 'pong':
      case 'media_token':
      case 'sfu_move':
      case 'standby':
      case 'reaction':
      case 'done':
        return;
      default:
        this.#takeEvent(frame);
    }
  }

  #takeEvent(event: signaling.OrderedEvent): void {
    if (event.seq <= this.lastSeq) return;
    if (event.prev !== this.lastSeq) {
      this.gaps.push(event);
      return;
    }
    this.lastSeq = event.seq;
    this.events.push(event);
    if (this.state) applyEvent(this.state, event);
  }
}

/** What an ordered event does to the picture. */
export function applyEvent(state: MeetingState, event: signaling.OrderedEvent): void {
  const find = (id: string) => state.participants.find((one) => one.participant_id === id);
  switch (event.type) {
    case 'participant_joined':
      state.participants.push(event.participant);
      return;
    case 'participant_left':
      state.participants = state.participants.filter((one) => one.participant_id !== event.participant_id);
      return;
    case 'participant_updated':
      state.participants = state.participants.map((one) =>
        one.participant_id === event.participant.participant_id ? event.participant : one,
      );
      return;
    case 'media_state': {
      const participant = find(event.participant_id);
      if (participant) participant.media = event.media;
      return;
    }
    case 'chat_broadcast':
      state.chat.push(event.message);
      return;
    case 'screen_share_started': {
      state.screen_share = event.screen_share;
      const participant = find(event.screen_share.participant_id);
      if (participant) participant.media = { ...participant.media, screen: true };
      return;
    }
    case 'screen_share_stopped': {
      state.screen_share = null;
      const participant = find(event.participant_id);
      if (participant) participant.media = { ...participant.media, screen: false };
      return;
    }
    case 'raise_hand': {
      const participant = find(event.participant_id);
      if (participant) participant.hand_raised_at = event.raised_at;
      return;
    }
    case 'meeting_updated':
      state.locked = event.locked;
      state.settings = event.settings;
      return;
    case 'waiting_room':
      state.waiting = [
        ...state.waiting.filter(({ participant_id }) => !event.removed.includes(participant_id)),
        ...event.added,
      ];
      return;
    case 'unmute_requested':
    case 'meeting_ended':
      return;
  }
}

export function openSignal(room: Room, participantId: string, sessionId: string): Promise<Response> {
  return room.fetch('https://room/signal', {
    headers: {
      upgrade: 'websocket',
      [ROOM_HEADERS.participantId]: participantId,
      [ROOM_HEADERS.sessionId]: sessionId,
    },
  });
}

/** The session id is only in the ticket, where the edge Worker finds it. */
export function sessionOf(ticket: string): string {
  const payload = ticket.split('.')[1] ?? '';
  const claims: { sid: string } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
  return claims.sid;
}
