import type { Stream } from '@meridian/protocol';
import type { Transport } from 'mediasoup-client/types';
import type { DataChannels } from './data-channels.ts';
import { DataSubscriber } from './data-subscriber.ts';
import type { In, MediaConnection } from './media-connection.ts';
import type { RemoteStreams } from './remote-streams.ts';
import { SessionStreams } from './session-streams.ts';
import { Subscriber } from './subscriber.ts';
import type { JoinStages } from './types.ts';

/** What a node says of what it sends. */
export type ReceiverMessage = Extract<
  In,
  {
    type:
      | 'consumer'
      | 'consumer_closed'
      | 'layers'
      | 'data_consumer'
      | 'data_consumer_closed'
      | 'stream_available'
      | 'stream_updated'
      | 'stream_removed'
      | 'stream_score';
  }
>;

export type SessionReceiverOptions = {
  /** Rises with each session in use; null for a standby, until activate(). */
  number: number | null;
  connection: MediaConnection;
  remote: RemoteStreams;
  data: DataChannels;
  stage(name: keyof JoinStages): void;
  /** The receiving side is in an unknown state. */
  broken(error: unknown): void;
};

/** What one session receives: the streams of the others, with their consumers, and their data channels. */
export class SessionReceiver {
  readonly #options: SessionReceiverOptions;
  readonly #streams: SessionStreams;
  #subscriber: Subscriber | undefined;
  #data: DataSubscriber | undefined;

  constructor(options: SessionReceiverOptions) {
    this.#options = options;
    this.#streams = new SessionStreams(options.remote, options.number);
  }

  /** See SessionStreams.number. */
  get number(): number {
    return this.#streams.number;
  }

  /** Something is received. */
  get active(): boolean {
    return this.#subscriber?.active === true;
  }

  /** Others send something. */
  get expecting(): boolean {
    return this.#streams.anyFlowing;
  }

  /** Whether packets should be arriving: somebody speaks, or could. */
  get expectsPackets(): boolean {
    return this.#streams.anyMicrophone;
  }

  /** There is a way down from now on, for these streams. */
  begin(transport: Transport, streams: readonly Stream[]): void {
    const { connection, data, stage, broken } = this.#options;
    this.#subscriber = new Subscriber({
      transport,
      streams: this.#streams,
      ready: (consumerId) => {
        stage('first_consumer');
        connection.notify({ type: 'consumer_ready', consumer_id: consumerId });
      },
      shown: (consumerId) => connection.notify({ type: 'consumer_shown', consumer_id: consumerId }),
      firstVideoFrame: () => stage('first_video_frame'),
      broken,
    });
    this.#data = new DataSubscriber({ session: () => this.number, transport, data, broken });
    this.#streams.begin(streams);
  }

  /** What a standby has prepared is shown from now on. */
  activate(number: number): void {
    this.#streams.activate(number);
  }

  received(message: ReceiverMessage): void {
    switch (message.type) {
      case 'consumer':
        void this.#subscriber?.add(message);
        break;
      case 'consumer_closed':
        this.#subscriber?.remove(message.consumer_id);
        break;
      case 'layers':
        this.#streams.layer(message.stream_id, message.current);
        break;
      case 'data_consumer':
        void this.#data?.add(message);
        break;
      case 'data_consumer_closed':
        this.#data?.remove(message.data_consumer_id);
        break;
      case 'stream_available':
      case 'stream_updated':
        this.#streams.available(message.stream);
        break;
      case 'stream_removed':
        this.#streams.removed(message.stream_id, message.generation);
        break;
      case 'stream_score':
        this.#streams.scored(message.stream_id, message.score);
        break;
    }
  }

  /** Whether packets have arrived since the last look. */
  heard(): boolean {
    return this.#subscriber?.heard() === true;
  }

  /** When the last packet of anybody was played, milliseconds of some clock; 0 before the first. */
  get lastPlayed(): number {
    return this.#subscriber?.lastPlayed ?? 0;
  }

  close(): void {
    this.#subscriber?.close();
    this.#data?.close();
  }
}
