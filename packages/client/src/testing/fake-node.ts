import { mediaRpc, producerId, type Source, type Stream, streamId } from '@meridian/protocol';
import { testFakeParameters } from 'mediasoup-client';
import type { FakeServer, ServerSocket } from './fake-network.ts';

type Published = { paused: boolean; layers: number };

/** A media node in memory: negotiation only, nothing flows. */
export class FakeNode implements FakeServer {
  readonly id: string;
  /** What the client publishes on its newest connection. */
  published = new Map<Source, Published>();
  streams: Stream[] = [];
  /** Each message received, in order. */
  messages: mediaRpc.ClientToNode[] = [];
  fingerprint = 'AA:BB';
  /** Answers `hello` with this error. */
  refuseHello: string | null = null;
  refuseProduce: string | null = null;
  refuseData: string | null = null;
  sockets: ServerSocket[] = [];
  /** Of them, who only prepares to come here. */
  readonly standbys = new Set<ServerSocket>();
  #consumers = 0;

  constructor(id = 'node-1') {
    this.id = id;
  }

  connected(socket: ServerSocket): void {
    this.sockets.push(socket);
  }

  disconnected(socket: ServerSocket): void {
    this.sockets = this.sockets.filter((other) => other !== socket);
    this.standbys.delete(socket);
  }

  received(socket: ServerSocket, raw: Record<string, unknown>): void {
    const message = mediaRpc.ClientToNode.parse(raw);
    this.messages.push(message);
    const { ref } = message;
    switch (message.type) {
      case 'hello':
        // As for each session there is one at most, the one before is gone, whatever its socket knows.
        this.standbys.clear();
        if (message.mode === 'standby') this.standbys.add(socket);
        this.#hello(socket, ref);
        break;
      case 'produce':
        if (this.refuseProduce) {
          socket.send({ type: 'error', ref, code: this.refuseProduce, message: 'refused by the test' });
          break;
        }
        this.published.set(message.source, { paused: message.paused, layers: message.layers.length });
        socket.send({ type: 'produced', ref, stream_id: streamId(SELF, message.source), generation: 1 });
        break;
      case 'pause':
      case 'resume': {
        const published = this.published.get(message.source);
        if (published) published.paused = message.type === 'pause';
        socket.send({ type: 'ok', ref });
        break;
      }
      case 'close_producer':
        this.published.delete(message.source);
        socket.send({ type: 'ok', ref });
        break;
      case 'restart_ice':
        socket.send({
          type: 'ice_restarted',
          ref,
          transport_id: message.transport_id,
          ice_parameters: { usernameFragment: 'fresh', password: 'fresh', iceLite: true },
        });
        break;
      case 'produce_data':
        if (this.refuseData) {
          socket.send({ type: 'error', ref, code: this.refuseData, message: 'refused by the test' });
          break;
        }
        socket.send({ type: 'data_produced', ref, data_producer_id: `${this.id}:${message.label}` });
        break;
      case 'activate':
        this.standbys.delete(socket);
        socket.send({ type: 'ok', ref });
        break;
      case 'connect_transport':
      case 'layers_flowing':
      case 'renew_token':
        socket.send({ type: 'ok', ref });
        break;
    }
  }

  /** Somebody's stream comes up. */
  announce(participant: string, source: Source, generation = 1): Stream {
    const stream: Stream = {
      stream_id: streamId(participant, source),
      generation,
      participant_id: participant,
      source,
      codec: 'video/VP8',
      layers: [],
      paused: false,
    };
    this.streams = [...this.streams.filter((s) => s.stream_id !== stream.stream_id), stream];
    this.#toAll({ type: 'stream_available', stream });
    return stream;
  }

  /** Sends a stream to the client; returns the consumer's id. */
  consume(stream: Stream, replaces?: string): string {
    this.#consumers += 1;
    const consumerId = `consumer-${this.#consumers}`;
    const kind = stream.source === 'camera' || stream.source === 'screen' ? 'video' : 'audio';
    const mimeType = kind === 'video' ? 'video/VP8' : 'audio/opus';
    const { rtpParameters } = testFakeParameters.generateConsumerRemoteParameters({
      id: consumerId,
      codecMimeType: mimeType,
    });
    const [codec] = rtpParameters.codecs;
    this.#toAll({
      type: 'consumer',
      consumer_id: consumerId,
      producer_id: producerId(stream.stream_id, stream.generation),
      stream_id: stream.stream_id,
      generation: stream.generation,
      participant_id: stream.participant_id,
      source: stream.source,
      kind,
      rtp_parameters: { ...rtpParameters, codecs: [codec], headerExtensions: [] },
      ...(replaces === undefined ? {} : { replaces }),
    });
    return consumerId;
  }

  /** Somebody's data channel begins to arrive; returns the consumer's id. */
  consumeData(participant: string, label: string): string {
    this.#consumers += 1;
    const consumerId = `data-consumer-${this.#consumers}`;
    this.#toAll({
      type: 'data_consumer',
      data_consumer_id: consumerId,
      data_producer_id: `${participant}:${label}`,
      participant_id: participant,
      label,
      sctp_stream_parameters: { streamId: this.#consumers, ordered: true },
    });
    return consumerId;
  }

  send(message: object): void {
    this.#toAll(message);
  }

  count(type: mediaRpc.ClientToNode['type']): number {
    return this.messages.filter((message) => message.type === type).length;
  }

  lastWish(): string[] {
    const wish = this.messages.findLast((message) => message.type === 'subscribe');
    return wish?.type === 'subscribe' ? wish.streams.map((stream) => stream.stream_id) : [];
  }

  #hello(socket: ServerSocket, ref: mediaRpc.ClientToNode['ref']): void {
    if (this.refuseHello) {
      socket.send({ type: 'error', ref, code: this.refuseHello, message: 'refused by the test' });
      return;
    }
    this.published.clear();
    socket.send({
      type: 'welcome',
      ref,
      node_id: this.id,
      region: 'test-1',
      boot_id: '00000000-0000-4000-8000-0000000000cc',
      server_time: 0,
      send_transport: this.#transport(),
      recv_transport: this.#transport(),
      streams: this.streams,
    });
  }

  #transport() {
    const parameters = testFakeParameters.generateTransportRemoteParameters();
    return {
      transport_id: parameters.id,
      ice_parameters: parameters.iceParameters,
      ice_candidates: [
        {
          foundation: 'a',
          priority: 1,
          ip: '127.0.0.1',
          address: '127.0.0.1',
          protocol: 'udp',
          port: 40000,
          type: 'host',
        },
      ],
      dtls_parameters: { role: 'auto', fingerprints: [{ algorithm: 'sha-256', value: this.fingerprint }] },
      sctp_parameters: { port: 5000, OS: 65_535, MIS: 65_535, maxMessageSize: 262_144 },
    };
  }

  #toAll(message: object): void {
    for (const socket of this.sockets) socket.send(message);
  }
}

const SELF = '00000000-0000-4000-8000-000000000001';
