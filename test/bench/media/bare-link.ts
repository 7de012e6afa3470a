import { once } from 'node:events';
import type { RtpParameters } from '@meridian/protocol';
import WebSocket from 'ws';
import type { ClientDtls, Incoming, ServerTransport } from '../../headless/webrtc.ts';
import { BareAnswer, type BareRequest } from './bare-protocol.ts';
import type { Kind, ServerLink } from './server-link.ts';

type WithoutRef<R> = R extends unknown ? Omit<R, 'ref'> : never;

/** A client of the bare router. */
export class BareLink implements ServerLink {
  readonly sendTransport: ServerTransport;
  readonly recvTransport: ServerTransport;
  readonly #wire: BareWire;

  static async join(origin: string, meeting: string): Promise<BareLink> {
    const wire = await BareWire.open(origin);
    const { send_transport, recv_transport } = await wire.ask({ do: 'join', meeting });
    if (!send_transport || !recv_transport) throw new Error('no transports');
    return new BareLink(wire, send_transport, recv_transport);
  }

  private constructor(wire: BareWire, sendTransport: ServerTransport, recvTransport: ServerTransport) {
    this.#wire = wire;
    this.sendTransport = sendTransport;
    this.recvTransport = recvTransport;
  }

  async connect(transport_id: string, dtls_parameters: ClientDtls): Promise<void> {
    await this.#wire.ask({ do: 'connect', transport_id, dtls_parameters });
  }

  async produce(kind: Kind, rtp_parameters: RtpParameters): Promise<void> {
    await this.#wire.ask({ do: 'produce', kind, rtp_parameters });
  }

  async watch(others: number): Promise<Incoming[]> {
    const incoming = [...(await this.#consume('audio')), ...(await this.#consume('video'))];
    if (incoming.length !== 2 * others) throw new Error(`${incoming.length} consumers for ${others} others`);
    return incoming;
  }

  async ready(consumer_id: string): Promise<void> {
    await this.#wire.ask({ do: 'resume', consumer_id });
  }

  async unwatch(): Promise<void> {
    await this.#wire.ask({ do: 'release', kind: 'video' });
  }

  async rewatch(): Promise<number> {
    const consumers = await this.#consume('video');
    await Promise.all(consumers.map(({ consumer_id }) => this.ready(consumer_id)));
    return consumers.length;
  }

  async close(): Promise<void> {
    this.#wire.close();
  }

  async #consume(kind: Kind): Promise<Incoming[]> {
    return (await this.#wire.ask({ do: 'consume', kind })).consumers ?? [];
  }
}

/** Requests and answers over one socket. */
class BareWire {
  readonly #socket: WebSocket;
  readonly #pending = new Map<
    number,
    { resolve: (answer: BareAnswer) => void; reject: (error: Error) => void }
  >();
  #nextRef = 1;

  static async open(origin: string): Promise<BareWire> {
    const socket = new WebSocket(origin);
    await once(socket, 'open');
    return new BareWire(socket);
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      const answer = BareAnswer.parse(JSON.parse(data.toString()));
      const waiting = this.#pending.get(answer.ref);
      this.#pending.delete(answer.ref);
      if (answer.error === undefined) waiting?.resolve(answer);
      else waiting?.reject(new Error(answer.error));
    });
    socket.on('close', () => {
      for (const { reject } of this.#pending.values()) reject(new Error('the bare router is gone'));
    });
  }

  ask(request: WithoutRef<BareRequest>): Promise<BareAnswer> {
    const ref = this.#nextRef++;
    return new Promise((resolve, reject) => {
      this.#pending.set(ref, { resolve, reject });
      this.#socket.send(JSON.stringify({ ...request, ref }));
    });
  }

  close(): void {
    this.#socket.close();
  }
}
