import { pause } from '../../poll.ts';
import { serve } from '../remote.ts';
import { BareLink } from './bare-link.ts';
import { LoadClient, PACKETS_PER_SECOND } from './load-client.ts';
import { MeridianLink } from './meridian-link.ts';
import type { ServerLink, ServerName } from './server-link.ts';

/** The participants of some meetings on one server, in a process of their own. Its argument names the server. */

/** Shorter than what it paces. Milliseconds. */
const TICK = 4;
/** One join or leave in this time. Milliseconds. */
const COMING_AND_GOING = 1_000;

class Load {
  readonly #server: ServerName;
  readonly #meetings = new Map<string, LoadClient[]>();
  #sending: NodeJS.Timeout | undefined;
  #churn: { stop: () => void; done: Promise<void> } | null = null;
  /** Of those who have left again. */
  #receivedByGuests = 0;

  constructor(server: ServerName) {
    this.#server = server;
  }

  get #clients(): LoadClient[] {
    return [...this.#meetings.values()].flat();
  }

  /** Everybody joins, publishes, and receives everybody else of the meeting. */
  async open(perMeeting: number): Promise<{ packetsPerSecond: number }> {
    for (const meeting of this.#server.meetings) {
      const clients = await Promise.all(
        Array.from({ length: perMeeting }, async () => new LoadClient(await this.#link(meeting))),
      );
      this.#meetings.set(meeting, clients);
      await Promise.all(clients.map((client) => client.publish()));
      await Promise.all(clients.map((client) => client.receive(perMeeting - 1)));
    }
    const ways = this.#meetings.size * perMeeting * (perMeeting - 1);
    return { packetsPerSecond: ways * PACKETS_PER_SECOND };
  }

  flow(on: boolean): void {
    clearInterval(this.#sending);
    if (!on) return;
    const clients = this.#clients;
    const now = performance.now();
    // Spread over a frame, as cameras that know nothing of each other are.
    clients.forEach((client, index) => {
      client.begin(now + (40 * index) / clients.length);
    });
    this.#sending = setInterval(() => {
      const at = performance.now();
      for (const client of clients) client.send(at);
    }, TICK);
  }

  /** So far, and the CPU this process took until now. */
  received(): { packets: number; cpuMs: number } {
    const { user, system } = process.cpuUsage();
    return {
      packets: this.#clients.reduce((sum, client) => sum + client.received, this.#receivedByGuests),
      cpuMs: (user + system) / 1000,
    };
  }

  /** One meeting after the other: somebody comes, and goes again. */
  async churn(on: boolean): Promise<void> {
    if (on) {
      let over = false;
      const stop = () => {
        over = true;
      };
      this.#churn = { stop, done: this.#comeAndGo(() => over) };
      // Told when it is stopped; until then nobody would handle it.
      this.#churn.done.catch(() => {});
      return;
    }
    this.#churn?.stop();
    await this.#churn?.done;
    this.#churn = null;
  }

  /** Gives all video back, and sets all of it up again at once. */
  async rewatch(): Promise<{ consumers: number; ms: number }> {
    const links = this.#clients.map(({ link }) => link);
    await Promise.all(links.map((link) => link.unwatch()));
    const startedAt = performance.now();
    const counts = await Promise.all(links.map((link) => link.rewatch()));
    const ms = performance.now() - startedAt;
    return { consumers: counts.reduce((sum, count) => sum + count, 0), ms };
  }

  async #comeAndGo(isOver: () => boolean): Promise<void> {
    for (;;) {
      for (const [meeting, clients] of this.#meetings) {
        const guest = new LoadClient(await this.#link(meeting));
        clients.push(guest);
        await guest.publish(true);
        await guest.receive(clients.length - 1);
        await pause(COMING_AND_GOING);
        clients.splice(clients.indexOf(guest), 1);
        this.#receivedByGuests += guest.received;
        await guest.close();
        if (isOver()) return;
        await pause(COMING_AND_GOING);
        if (isOver()) return;
      }
    }
  }

  #link(meeting: string): Promise<ServerLink> {
    const { kind, origin } = this.#server;
    return kind === 'bare'
      ? BareLink.join(origin, meeting)
      : MeridianLink.join(origin, meeting, 'Participant');
  }
}

const load = new Load(JSON.parse(process.argv[2] ?? ''));
const handlers = {
  open: (perMeeting: number) => load.open(perMeeting),
  flow: (on: boolean) => load.flow(on),
  received: () => load.received(),
  churn: (on: boolean) => load.churn(on),
  rewatch: () => load.rewatch(),
};
export type LoadHandlers = typeof handlers;
serve(handlers);
