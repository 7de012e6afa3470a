import type { Meeting } from '@meridian/client';
import WebSocket from 'ws';
import { IceRestarts } from './ice-restarts.ts';

/** What the SDK takes from the world around it. */
export type Environment = NonNullable<Parameters<typeof Meeting.join>[1]>;
type OpenSocket = Environment['openSocket'];

export type World = {
  /** Where the participant is, as the edge will see it. */
  readonly location: { readonly latitude: number; readonly longitude: number; readonly continent: string };
  /** A frame goes out over a socket. */
  readonly sent: (url: string, frame: string) => void;
  readonly loadDevice: Environment['loadDevice'];
};

/** A world without a browser. */
export function headlessEnvironment(world: World): Environment {
  const { latitude, longitude, continent } = world.location;
  // The local Workers runtime takes request.cf from this header.
  const place = JSON.stringify({
    latitude: String(latitude),
    longitude: String(longitude),
    continent,
    clientAcceptEncoding: '',
  });
  const restarts = new Map<string, IceRestarts>();
  return {
    openSocket: (url, protocols, events) => {
      // One for a node, over all sockets to it: an answer may come over another than the question went out by.
      const ofNode = restarts.get(url) ?? new IceRestarts();
      restarts.set(url, ofNode);
      return openSocket(url, protocols, events, { sent: world.sent, restarts: ofNode });
    },
    fetch: (input, init) => {
      const headers = new Headers(init?.headers);
      headers.set('MF-CF-Blob', place);
      return fetch(input, { ...init, headers });
    },
    loadDevice: world.loadDevice,
    wake: { subscribe: () => () => {} },
    random: Math.random,
  };
}

function openSocket(
  url: string,
  protocols: Parameters<OpenSocket>[1],
  events: Parameters<OpenSocket>[2],
  { sent, restarts }: { sent: World['sent']; restarts: IceRestarts },
): ReturnType<OpenSocket> {
  const socket = new WebSocket(url, [...protocols], { perMessageDeflate: false });
  socket.on('open', () => events.open());
  socket.on('message', (data, isBinary) => events.frame(isBinary ? data : restarts.incoming(String(data))));
  socket.on('close', (code, reason) => events.closed(code, String(reason)));
  // `close` follows, with a code that says all there is to act on.
  socket.on('error', () => {});
  return {
    get backlog() {
      return socket.bufferedAmount;
    },
    send: (frame) => {
      if (socket.readyState !== WebSocket.OPEN) return;
      sent(url, frame);
      socket.send(restarts.outgoing(frame));
    },
    close: (code, reason) => {
      if (socket.readyState === WebSocket.CONNECTING) socket.terminate();
      else socket.close(code, reason);
    },
  };
}
