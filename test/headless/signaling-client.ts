import { encode, type JoinResponse, LIMITS, parseFrame, signaling } from '@meridian/protocol';
import WebSocket from 'ws';
import { until } from '../poll.ts';

type Outgoing = signaling.ClientToRoom extends infer M
  ? M extends { v: unknown }
    ? Omit<M, 'v'>
    : never
  : never;

/** A participant without media: the signaling socket, and everything that came over it. */
export class SignalingClient {
  readonly received: signaling.RoomToClient[] = [];
  readonly #socket: WebSocket;
  #nextRef = 1;
  closeCode: number | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      const parsed = parseFrame(signaling.RoomToClient, String(data), LIMITS.linkFrameBytes);
      if (!parsed.ok) throw parsed.error;
      this.received.push(parsed.message);
    });
    socket.on('close', (code) => {
      this.closeCode = code;
    });
  }

  static async open(
    join: Pick<JoinResponse, 'signaling_url' | 'ticket'>,
    origin: string,
  ): Promise<SignalingClient> {
    const socket = new WebSocket(join.signaling_url, [signaling.SIGNALING_SUBPROTOCOL, join.ticket], {
      origin,
    });
    const client = new SignalingClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  send(message: Outgoing): void {
    this.#socket.send(encode<signaling.ClientToRoom>(message));
  }

  sendRaw(frame: string): void {
    this.#socket.send(frame);
  }

  /** Sends with a ref and waits for the answer that carries it. */
  async ask(message: Outgoing): Promise<signaling.RoomToClient> {
    const ref = this.#nextRef++;
    this.send({ ...message, ref });
    return until(`an answer to ${message.type}`, 5_000, () => this.events().find((one) => one.ref === ref));
  }

  /** Everything that came, batches unpacked. */
  events(): signaling.RoomToClient[] {
    return this.received.flatMap((message) => (message.type === 'batch' ? message.events : [message]));
  }

  async waitFor<T extends signaling.RoomToClient['type']>(
    type: T,
    matches: (message: Extract<signaling.RoomToClient, { type: T }>) => boolean = () => true,
  ): Promise<Extract<signaling.RoomToClient, { type: T }>> {
    const isWanted = (
      message: signaling.RoomToClient,
    ): message is Extract<signaling.RoomToClient, { type: T }> => message.type === type;
    return until(`a ${type}`, 5_000, () => this.events().filter(isWanted).find(matches));
  }

  async waitForClose(): Promise<number> {
    return until('the socket to close', 5_000, () => this.closeCode);
  }

  close(): void {
    this.#socket.terminate();
  }
}
