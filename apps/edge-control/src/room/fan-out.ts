import { encode, PROTOCOL_VERSION, type signaling } from '@meridian/protocol';
import { ROOM } from './config.ts';
import type { EventBody, LoggedEvent } from './event-log.ts';
import type { Emission } from './operation.ts';
import { rememberPrivate, send } from './sockets.ts';

/** The live signaling socket of somebody in the roster. */
export type Connection = {
  id: string;
  socket: WebSocket;
  /** Seq of the latest event this recipient got: the `prev` of the next one. */
  last: number;
};

/** What a burst consists of. These may wait a little; they never overtake others nor are overtaken. */
const COALESCED: ReadonlySet<EventBody['type']> = new Set([
  'participant_joined',
  'participant_left',
  'participant_updated',
  'waiting_room',
]);

/** Brings events to their recipients, in order, each knowing what came before for this recipient. */
export class FanOut {
  readonly #connections = new Map<string, Connection>();
  #pending: LoggedEvent[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;

  connection(participantId: string): Connection | undefined {
    return this.#connections.get(participantId);
  }

  /** From now on this socket is the participant's. Returns the one it takes over from. */
  attach(participantId: string, connection: Connection): Connection | undefined {
    const before = this.#connections.get(participantId);
    this.#connections.set(participantId, connection);
    return before?.id === connection.id ? undefined : before;
  }

  /** False when the participant has another socket by now. */
  detach(participantId: string, connectionId: string): boolean {
    if (this.#connections.get(participantId)?.id !== connectionId) return false;
    return this.#connections.delete(participantId);
  }

  /** The participant is gone: nothing more for them, whichever socket it is. */
  forget(participantId: string): void {
    this.#connections.delete(participantId);
  }

  deliver(emissions: readonly Emission[]): void {
    for (const event of emissions) {
      if (!event.answer && (event.burst || COALESCED.has(event.body.type))) {
        this.#pending.push(event);
        if (this.#pending.length >= ROOM.events.coalesceMax) this.flush();
        else this.#timer ??= setTimeout(() => this.flush(), ROOM.events.coalesceMs);
      } else {
        this.flush();
        this.#sendNow(event);
      }
    }
  }

  reply(participantId: string, frame: string): void {
    const connection = this.#connections.get(participantId);
    if (!connection) return;
    this.flush();
    send(connection.socket, frame);
  }

  /** To everybody, whatever they have or lack. */
  broadcast(frame: string): void {
    for (const { socket } of this.#connections.values()) send(socket, frame);
  }

  /** Sends what waits. Most recipients may see the same and are at the same event, so nearly all share one frame. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = null;
    const pending = this.#pending;
    this.#pending = [];
    if (pending.length === 0) return;
    const open = pending.filter(({ audience }) => audience === null);
    const privy = new Set(pending.flatMap(({ audience }) => audience ?? []));
    const frames = new Map<number, string>();
    for (const [participantId, connection] of this.#connections) {
      const { last, socket } = connection;
      const isPrivy = privy.has(participantId);
      const seen = isPrivy ? pending.filter((event) => mayHave(participantId, event)) : open;
      const newest = seen.at(-1);
      if (!newest || last >= newest.seq) continue;
      let frame = isPrivy ? undefined : frames.get(last);
      if (frame === undefined) {
        frame = chain(
          seen.filter((event) => event.seq > last),
          last,
        );
        if (!isPrivy) frames.set(last, frame);
      }
      connection.last = newest.seq;
      send(socket, frame);
      if (isPrivy) rememberPrivate(socket, newest.seq);
    }
  }

  #sendNow(event: Emission): void {
    const frames = new Map<number, string>();
    for (const [participantId, connection] of this.#recipients(event)) {
      if (connection.last >= event.seq) continue;
      const prev = connection.last;
      connection.last = event.seq;
      const isAnswered = participantId === event.answer?.participant_id;
      if (isAnswered || participantId === event.sender_id) {
        const ref = isAnswered ? event.answer?.ref : undefined;
        const copy = copyFor(participantId, event, prev);
        send(connection.socket, encode<signaling.OrderedEvent>({ ...copy, ref }));
      } else {
        let frame = frames.get(prev);
        if (frame === undefined) {
          frame = encode<signaling.OrderedEvent>(copyFor(participantId, event, prev));
          frames.set(prev, frame);
        }
        send(connection.socket, frame);
      }
      if (event.audience) rememberPrivate(connection.socket, event.seq);
    }
  }

  #recipients({ audience }: LoggedEvent): Iterable<[string, Connection]> {
    if (audience === null) return this.#connections;
    return audience.flatMap((id): [string, Connection][] => {
      const connection = this.#connections.get(id);
      return connection ? [[id, connection]] : [];
    });
  }
}

function mayHave(participantId: string, { audience }: LoggedEvent): boolean {
  return audience === null || audience.includes(participantId);
}

const VERSION: typeof PROTOCOL_VERSION = PROTOCOL_VERSION;

/** What a resumed client missed, as one frame. */
export function missedFrame(participantId: string, missed: readonly LoggedEvent[], lastSeq: number): string {
  let prev = lastSeq;
  const events = missed.map((event) => {
    const copy = { v: VERSION, ...copyFor(participantId, event, prev) };
    prev = event.seq;
    return copy;
  });
  return encode<signaling.RoomToClient>({ type: 'batch', events });
}

/** The events after `last`: one as itself, several as a batch. */
function chain(events: readonly LoggedEvent[], last: number): string {
  const [only, second] = events;
  if (only && !second) return encode<signaling.OrderedEvent>({ ...only.body, seq: only.seq, prev: last });
  return missedFrame('', events, last);
}

type OrderedCopy = EventBody & { seq: number; prev: number; client_id?: string };

/** Only the sender's own copy has the id they gave it. */
function copyFor(participantId: string, event: LoggedEvent, prev: number): OrderedCopy {
  return {
    ...event.body,
    seq: event.seq,
    prev,
    ...(event.client_id !== null && event.sender_id === participantId ? { client_id: event.client_id } : {}),
  };
}
