import { randomUUID } from 'node:crypto';
import type { ChatMessage } from '@meridian/protocol';
import { pause } from '../poll.ts';
import type { Api } from './api.ts';
import { SignalingClient } from './signaling-client.ts';

type Wish = { client_id: string; text: string; recipient_id?: string };

/** What the room has acknowledged. */
export type Acknowledged = { seq: number; message: ChatMessage };

/** A try at anything, while the other side may be dead. Milliseconds. */
const PATIENCE = 3_000;
const RETRY = 200;

/**
 * Somebody who chats over a bad connection, as the SDK does: what is not acknowledged is sent again under the same
 * `client_id`, over as many sockets as it takes. Who comes back too late joins anew, and gives up what is open.
 */
export class Chatter {
  readonly name: string;
  /** By `client_id`. */
  readonly acknowledged = new Map<string, Acknowledged>();
  /** Every chat event seen, by message. */
  readonly seen = new Map<string, number>();
  /** Under which it has been in the meeting. */
  readonly ids: string[] = [];
  readonly #api: Api;
  readonly #meeting: string;
  #entry: { signaling_url: string; ticket: string } | undefined;
  #session: { session_id: string; session_secret: string } | undefined;
  #client: SignalingClient | undefined;
  #lastSeq = 0;
  #taken = 0;
  #open: Wish[] = [];
  #stopped = false;

  constructor(name: string, api: Api, meeting: string) {
    this.name = name;
    this.#api = api;
    this.#meeting = meeting;
  }

  get id(): string | undefined {
    return this.ids.at(-1);
  }

  get unacknowledged(): number {
    return this.#open.length;
  }

  say(text: string, recipientId?: string): void {
    const recipient = recipientId === undefined ? {} : { recipient_id: recipientId };
    this.#open.push({ client_id: randomUUID(), text, ...recipient });
  }

  /** Runs until `stop`. Rejects only for what cannot be explained by a dead server. */
  async run(): Promise<void> {
    while (!this.#stopped) {
      try {
        const client = await this.#connected();
        await this.#sendOpen(client);
      } catch {
        // Whatever it was, the way out is a new socket.
        this.#drop();
      }
      await pause(RETRY);
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#drop();
  }

  /** Loses the connection, as a phone in a tunnel does. */
  drop(): void {
    this.#drop();
  }

  /** A request of another kind, over the connection of the moment. */
  async ask(message: Parameters<SignalingClient['ask']>[0]) {
    return (await this.#connected()).ask(message);
  }

  async #connected(): Promise<SignalingClient> {
    if (this.#client && this.#client.closeCode === undefined) return this.#client;
    this.#drop();
    if (!this.#session) return this.#join();
    const client = await this.#socket();
    const answer = await client.ask({ type: 'resume', ...this.#session, last_seq: this.#lastSeq });
    if (answer.type === 'error' && answer.code === 'session_expired') return this.#joinAnew();
    if (answer.type !== 'joined') throw new Error(JSON.stringify(answer));
    this.#session = { session_id: answer.session_id, session_secret: answer.session_secret };
    return client;
  }

  async #joinAnew(): Promise<SignalingClient> {
    this.#drop();
    // What becomes of these nobody can say: they are of a participant who is not there any more.
    this.#open = [];
    this.#session = undefined;
    return this.#join();
  }

  async #join(): Promise<SignalingClient> {
    const join = await this.#api.join(this.#meeting, { display_name: this.name });
    this.ids.push(join.participant_id);
    this.#entry = join;
    const client = await this.#socket();
    const answer = await client.ask({ type: 'join', media: { audio: false, video: false } });
    if (answer.type !== 'joined') throw new Error(JSON.stringify(answer));
    this.#lastSeq = answer.seq;
    this.#session = { session_id: answer.session_id, session_secret: answer.session_secret };
    return client;
  }

  async #socket(): Promise<SignalingClient> {
    if (!this.#entry) throw new Error('has not joined');
    const opening = SignalingClient.open(this.#entry, this.#api.origin);
    const late = pause(PATIENCE).then(() => Promise.reject(new Error('no socket')));
    const client = await Promise.race([opening, late]);
    this.#client = client;
    this.#taken = 0;
    return client;
  }

  async #sendOpen(client: SignalingClient): Promise<void> {
    this.#take(client);
    for (const wish of [...this.#open]) {
      const answer = await client.ask({ type: 'chat', ...wish });
      if (answer.type === 'error' && answer.code === 'rate_limited') return;
      if (answer.type === 'error' && answer.code === 'unknown_participant') {
        this.#open = this.#open.filter((one) => one !== wish);
        continue;
      }
      if (answer.type !== 'chat_broadcast') throw new Error(JSON.stringify(answer));
      this.acknowledged.set(wish.client_id, { seq: answer.seq, message: answer.message });
      this.#open = this.#open.filter((one) => one !== wish);
    }
    this.#take(client);
  }

  #take(client: SignalingClient): void {
    const events = client.events();
    for (const event of events.slice(this.#taken)) {
      if (!('seq' in event) || event.type === 'joined') continue;
      this.#lastSeq = Math.max(this.#lastSeq, event.seq);
      if (event.type === 'chat_broadcast') this.seen.set(event.message.message_id, event.seq);
    }
    this.#taken = events.length;
  }

  #drop(): void {
    if (this.#client) this.#take(this.#client);
    this.#client?.close();
    this.#client = undefined;
  }
}
