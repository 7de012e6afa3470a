import { randomUUID } from 'node:crypto';
import { encode, signaling } from '@meridian/protocol';
import { Api } from '../../headless/api.ts';
import { Attendee, type Tally } from './attendee.ts';

/** Where a crowd meets. Each function resolves when the room has confirmed it; milliseconds it took to do so. */
export interface Place {
  enter(name: string): Promise<Attendee>;
  chat(attendee: Attendee, text: string): Promise<number>;
  /** Switches a microphone on or off. */
  toggle(attendee: Attendee): Promise<number>;
  leave(attendee: Attendee): Promise<void>;
}

export type PlaceName = { kind: 'meridian'; origin: string; code: string } | { kind: 'bare'; origin: string };

export function openPlace(name: PlaceName, tally: Tally): Place {
  return name.kind === 'meridian' ? new MeridianRoom(name, tally) : new BareRoom(name.origin, tally);
}

/** A meeting, entered as every client does: POST /join, then the socket with its ticket. */
class MeridianRoom implements Place {
  readonly #api: Api;
  readonly #code: string;
  readonly #tally: Tally;
  readonly #unmuted = new WeakSet<Attendee>();

  constructor({ origin, code }: { origin: string; code: string }, tally: Tally) {
    this.#api = new Api(origin);
    this.#code = code;
    this.#tally = tally;
  }

  async enter(name: string): Promise<Attendee> {
    const { signaling_url, ticket } = await this.#api.join(this.#code, { display_name: name });
    const protocols = [signaling.SIGNALING_SUBPROTOCOL, ticket];
    const attendee = await Attendee.open(this.#tally, signaling_url, protocols, this.#api.origin);
    await ask(attendee, { type: 'join', media: { audio: false, video: false } });
    return attendee;
  }

  chat(attendee: Attendee, text: string): Promise<number> {
    return ask(attendee, { type: 'chat', text, client_id: randomUUID() });
  }

  toggle(attendee: Attendee): Promise<number> {
    if (this.#unmuted.delete(attendee)) return ask(attendee, { type: 'mute', media: 'audio' });
    this.#unmuted.add(attendee);
    return ask(attendee, { type: 'unmute', media: 'audio' });
  }

  async leave(attendee: Attendee): Promise<void> {
    attendee.leaving();
    await ask(attendee, { type: 'leave' });
    attendee.close();
  }
}

type Request = Parameters<typeof encode<signaling.ClientToRoom>>[0];

function ask(attendee: Attendee, request: Request): Promise<number> {
  const ref = attendee.nextRef();
  return attendee.ask(ref, encode<signaling.ClientToRoom>({ ...request, ref }));
}

/**
 * The bare object sends on what it gets, so its clients send what the room would make of a request: frames of the
 * same size, and one of them for each event.
 */
class BareRoom implements Place {
  readonly #origin: string;
  readonly #tally: Tally;

  constructor(origin: string, tally: Tally) {
    this.#origin = origin;
    this.#tally = tally;
  }

  async enter(name: string): Promise<Attendee> {
    const url = `${this.#origin.replace('http', 'ws')}/signal`;
    const attendee = await Attendee.open(this.#tally, url, [], this.#origin);
    await tell(attendee, {
      type: 'participant_joined',
      participant: {
        participant_id: randomUUID(),
        display_name: name,
        role: 'participant',
        guest: true,
        joined_at: Date.now(),
        connection: 'connected',
        media: SILENT,
        hand_raised_at: null,
      },
    });
    return attendee;
  }

  chat(attendee: Attendee, text: string): Promise<number> {
    return tell(attendee, {
      type: 'chat_broadcast',
      message: {
        message_id: randomUUID(),
        sender_id: randomUUID(),
        sender_name: 'Attendee 1000',
        text,
        sent_at: Date.now(),
      },
    });
  }

  toggle(attendee: Attendee): Promise<number> {
    const participant_id = randomUUID();
    return tell(attendee, { type: 'media_state', participant_id, media: SILENT, by: participant_id });
  }

  async leave(attendee: Attendee): Promise<void> {
    attendee.leaving();
    await tell(attendee, { type: 'participant_left', participant_id: randomUUID(), reason: 'left' });
    attendee.close();
  }
}

const SILENT = { audio: false, video: false, screen: false };

function tell(attendee: Attendee, event: object): Promise<number> {
  const ref = attendee.nextRef();
  // Numbers of as many digits as a meeting's have.
  return attendee.ask(ref, JSON.stringify({ v: 1, ...event, seq: 10_000, prev: 10_000, ref }));
}
