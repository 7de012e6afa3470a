import type { TemplatedApp, us_listen_socket } from 'uWebSockets.js';
import { uws } from './uws.ts';

declare module 'uWebSockets.js' {
  interface TemplatedApp {
    /** Takes options also after an address; the package's typings leave that out. */
    listen(
      address: string,
      port: number,
      options: number,
      callback: (socket: us_listen_socket | false) => void,
    ): TemplatedApp;
  }
}

/** LIBUS_LISTEN_EXCLUSIVE_PORT. */
const LISTEN_EXCLUSIVE = 1;

/** A port that is listened on until `close()`, which leaves open sockets alone. */
export type Listener = { close(): void };

/** Exclusively: otherwise a second process on the port would be given half of the connections. */
export function listen(app: TemplatedApp, address: string, port: number): Promise<Listener> {
  return new Promise((resolve, reject) => {
    app.listen(address, port, LISTEN_EXCLUSIVE, (socket) => {
      if (socket === false) {
        reject(new Error(`cannot listen on ${address} port ${port}`));
        return;
      }
      let open = true;
      resolve({
        close: () => {
          if (open) uws.us_listen_socket_close(socket);
          open = false;
        },
      });
    });
  });
}
