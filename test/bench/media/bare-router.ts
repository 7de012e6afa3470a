import { type MediaKind, ROUTER_MEDIA_CODECS, RtpParameters } from '@meridian/protocol';
import * as mediasoup from 'mediasoup';
import type { Consumer, Producer, Router, WebRtcServer, WebRtcTransport, Worker } from 'mediasoup/types';
import { WebSocketServer } from 'ws';
import { mediasoupWorkerPath } from '../../../scripts/setup/worker.mjs';
import { PLAIN_CAPABILITIES } from '../../headless/media-socket.ts';
import { serve } from '../remote.ts';
import { type BareAnswer, BareRequest } from './bare-protocol.ts';

/**
 * The baseline: a mediasoup worker and the least that lets clients onto it. Nothing watches, counts, allows or
 * chooses. A process of its own, as a node is.
 */
/** As the node has it. */
const SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;

type Meeting = { router: Router; clients: Set<BareClient> };

class BareServer {
  readonly #worker: Worker;
  readonly #webRtcServer: WebRtcServer;
  readonly #meetings = new Map<string, Promise<Meeting>>();

  static async start(port: number, mediaPort: number): Promise<void> {
    const worker = await mediasoup.createWorker({ logLevel: 'warn', workerBin: mediasoupWorkerPath() });
    worker.on('died', (error) => {
      throw error;
    });
    const listen = {
      ip: '127.0.0.1',
      port: mediaPort,
      recvBufferSize: SOCKET_BUFFER_BYTES,
      sendBufferSize: SOCKET_BUFFER_BYTES,
    };
    const webRtcServer = await worker.createWebRtcServer({
      listenInfos: [
        { ...listen, protocol: 'udp' },
        { ...listen, protocol: 'tcp' },
      ],
    });
    const server = new BareServer(worker, webRtcServer);
    const sockets = new WebSocketServer({ host: '127.0.0.1', port });
    await new Promise((resolve) => sockets.once('listening', resolve));
    sockets.on('connection', (socket) => {
      const client = new BareClient(server);
      socket.on('message', async (data) => {
        const request = BareRequest.parse(JSON.parse(data.toString()));
        const answer = await client.handle(request).catch((error: unknown) => ({ error: String(error) }));
        socket.send(JSON.stringify({ ...answer, ref: request.ref }));
      });
      socket.on('close', () => client.close());
    });
  }

  private constructor(worker: Worker, webRtcServer: WebRtcServer) {
    this.#worker = worker;
    this.#webRtcServer = webRtcServer;
  }

  meeting(id: string): Promise<Meeting> {
    let meeting = this.#meetings.get(id);
    if (!meeting) {
      meeting = this.#worker
        .createRouter({ mediaCodecs: ROUTER_MEDIA_CODECS.map((codec) => ({ ...codec })) })
        .then((router) => ({ router, clients: new Set<BareClient>() }));
      this.#meetings.set(id, meeting);
    }
    return meeting;
  }

  transport(router: Router): Promise<WebRtcTransport> {
    return router.createWebRtcTransport({ webRtcServer: this.#webRtcServer, preferUdp: true });
  }
}

class BareClient {
  readonly #server: BareServer;
  #joined: { meeting: Meeting; send: WebRtcTransport; recv: WebRtcTransport } | null = null;
  readonly #producers: Producer[] = [];
  readonly #consumers = new Map<string, Consumer>();

  constructor(server: BareServer) {
    this.#server = server;
  }

  async handle(request: BareRequest): Promise<Omit<BareAnswer, 'ref'>> {
    if (request.do === 'join') return this.#join(request.meeting);
    const { send, recv } = this.#place();
    switch (request.do) {
      case 'connect': {
        const transport = request.transport_id === send.id ? send : recv;
        await transport.connect({ dtlsParameters: request.dtls_parameters });
        return {};
      }
      case 'produce':
        this.#producers.push(
          await send.produce({ kind: request.kind, rtpParameters: request.rtp_parameters }),
        );
        return {};
      case 'consume':
        return { consumers: await this.#consume(request.kind) };
      case 'resume':
        await this.#consumers.get(request.consumer_id)?.resume();
        return {};
      case 'release':
        for (const consumer of [...this.#consumers.values()]) {
          if (consumer.kind !== request.kind) continue;
          consumer.close();
          this.#consumers.delete(consumer.id);
        }
        return {};
    }
  }

  close(): void {
    this.#joined?.meeting.clients.delete(this);
    this.#joined?.send.close();
    this.#joined?.recv.close();
  }

  async #join(id: string) {
    const meeting = await this.#server.meeting(id);
    const [send, recv] = await Promise.all([
      this.#server.transport(meeting.router),
      this.#server.transport(meeting.router),
    ]);
    this.#joined = { meeting, send, recv };
    meeting.clients.add(this);
    return { send_transport: parametersOf(send), recv_transport: parametersOf(recv) };
  }

  #consume(kind: MediaKind) {
    const { meeting, recv } = this.#place();
    const producers = [...meeting.clients]
      .filter((client) => client !== this)
      .flatMap((client) => client.#producers)
      .filter((producer) => producer.kind === kind);
    return Promise.all(
      producers.map(async ({ id }) => {
        const options = { producerId: id, rtpCapabilities: PLAIN_CAPABILITIES, paused: true };
        const consumer = await recv.consume(options);
        this.#consumers.set(consumer.id, consumer);
        return {
          consumer_id: consumer.id,
          kind,
          rtp_parameters: RtpParameters.parse(consumer.rtpParameters),
        };
      }),
    );
  }

  #place() {
    if (!this.#joined) throw new Error('join first');
    return this.#joined;
  }
}

function parametersOf(transport: WebRtcTransport) {
  return {
    transport_id: transport.id,
    ice_parameters: transport.iceParameters,
    ice_candidates: transport.iceCandidates,
    dtls_parameters: transport.dtlsParameters,
  };
}

const handlers = {
  start: ({ port, mediaPort }: { port: number; mediaPort: number }) => BareServer.start(port, mediaPort),
};
export type BareHandlers = typeof handlers;
serve(handlers);
