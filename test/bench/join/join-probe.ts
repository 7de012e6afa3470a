/**
 * Runs in the joining page: logs the exchanges of a join on the wire, and the moment of the first picture that
 * decodes right. Installed by addInitScript before anything else, so it must not use anything outside.
 */
export function installJoinProbe(): void {
  type Exchange = { name: string; start: number; end: number };
  const log = { clickedAt: 0, firstFrameAt: 0, exchanges: [] as Exchange[], open: [] as Exchange[] };

  const nativeFetch = window.fetch.bind(window);
  window.fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const start = performance.now();
    const response = await nativeFetch(input, init);
    log.exchanges.push({
      name: `http ${new URL(url, location.href).pathname.split('/').at(-1)}`,
      start,
      end: performance.now(),
    });
    return response;
  };

  const NativeSocket = window.WebSocket;
  window.WebSocket = class extends NativeSocket {
    readonly #asked = new Map<unknown, Exchange>();
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      const name = new URL(url).pathname.split('/').at(-1) ?? '';
      const start = performance.now();
      this.addEventListener('open', () =>
        log.exchanges.push({ name: `open ${name}`, start, end: performance.now() }),
      );
      this.addEventListener('message', (event) => {
        const message = JSON.parse(String(event.data));
        const asked = this.#asked.get(message.ref);
        if (asked) log.exchanges.push({ ...asked, end: performance.now() });
        this.#asked.delete(message.ref);
        if (message.type === 'welcome') {
          const hello = log.open.findLast((one) => one.name === 'hello');
          if (hello) log.exchanges.push({ ...hello, end: performance.now() });
        }
        // Consumers are pushed: the wish they answer is the last subscribe, or the hello.
        if (message.type === 'consumer' && message.kind === 'video') {
          const wish = log.open.findLast((one) => one.name === 'subscribe');
          if (wish) log.exchanges.push({ ...wish, end: performance.now() });
        }
      });
    }
    override send(data: string | Blob | BufferSource): void {
      const message = JSON.parse(String(data));
      const exchange = { name: message.type, start: performance.now(), end: 0 };
      if (message.ref !== undefined) this.#asked.set(message.ref, exchange);
      if (['hello', 'subscribe', 'consumer_ready'].includes(message.type)) log.open.push(exchange);
      super.send(data);
    }
  };

  document.addEventListener(
    'click',
    (event) => {
      const target = event.target;
      if (!(target instanceof Element) || !target.closest('[data-testid=join-now]')) return;
      log.clickedAt = performance.now();
      log.exchanges.length = 0;
      log.open.length = 0;
      const look = () => {
        const tile = '[data-testid=tile][data-self=false][data-source=camera] video';
        const blocks = window.probe.blocks(tile);
        if (blocks && window.isRemotePicture(blocks)) {
          log.firstFrameAt = performance.now();
          const ready = log.open.findLast((one) => one.name === 'consumer_ready');
          if (ready)
            log.exchanges.push({ ...ready, name: 'consumer_ready → picture', end: log.firstFrameAt });
        } else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    },
    { capture: true },
  );
  Object.assign(window, { joinLog: log });
}

export type JoinLog = {
  clickedAt: number;
  firstFrameAt: number;
  exchanges: { name: string; start: number; end: number }[];
};
