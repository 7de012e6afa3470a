import type { IceServer, SfuEndpoint } from '@meridian/protocol';
import type { DataChannels } from './data-channels.ts';
import type { Uplink } from './encodings.ts';
import type { Environment } from './environment.ts';
import { MediaSession } from './media-session.ts';
import type { MediaSessionHandlers } from './media-session-options.ts';
import { MediaToken } from './media-token.ts';
import type { RemoteStreams } from './remote-streams.ts';
import type { Assignment } from './standby.ts';

export type SessionOpenerOptions = {
  environment: Environment;
  iceServers: readonly IceServer[];
  iceTransportPolicy: RTCIceTransportPolicy;
  remote: RemoteStreams;
  data: DataChannels;
  /** A fresh media token from the room. Rejects while the room cannot be reached. */
  requestToken(): Promise<string>;
  /** What the way down has carried last, bits per second; 0: nothing is known. */
  carried: () => number;
  /** Of a way up that is to carry what is sent now. */
  uplink: () => Uplink;
  /** Has what that goes by measured now. */
  measure(): Promise<void>;
  handlersOf(session: () => MediaSession): MediaSessionHandlers;
};

/** Begins sessions with a token that is good, and has the tokens of those there are renewed. */
export class SessionOpener {
  readonly token: MediaToken;
  readonly #options: SessionOpenerOptions;
  #last = 0;

  constructor(options: SessionOpenerOptions) {
    this.#options = options;
    this.token = new MediaToken(options.requestToken);
  }

  /** Of the next session in use, which rises with each. */
  nextNumber(): number {
    this.#last += 1;
    return this.#last;
  }

  /** One to be used at once. The token has to be good. */
  open(endpoint: SfuEndpoint): MediaSession {
    return this.#open(endpoint, this.nextNumber());
  }

  /** One beside it. Rejects when there is no token for it now. */
  async openStandby({ endpoint }: Assignment): Promise<MediaSession> {
    if (this.token.stale) await this.token.renew();
    await this.#options.measure();
    return this.#open(endpoint, null);
  }

  /** The node asks for a fresh token. `wanted`: whether the session is still of use when the room has given one. */
  async renewOn(session: MediaSession, wanted: () => boolean): Promise<void> {
    try {
      const token = await this.token.renew();
      if (wanted()) await session.renewToken(token);
    } catch {
      // The node asks again, and closes when the authorisation has run out; then a new session is made.
    }
  }

  #open(endpoint: SfuEndpoint, number: number | null): MediaSession {
    const { environment, iceServers, iceTransportPolicy, remote, data, handlersOf } = this.#options;
    const { carried, uplink } = this.#options;
    const session: MediaSession = new MediaSession({
      environment,
      number,
      carried: carried(),
      uplink: uplink(),
      endpoint,
      token: this.token.value,
      iceServers,
      iceTransportPolicy,
      remote,
      data,
      handlers: handlersOf(() => session),
    });
    return session;
  }
}
