import type { DelayCommand, DelayReply } from './delay-network.ts';
import { tcpDelayProxy, udpDelayProxy } from './delay-proxy.ts';

/**
 * Runs delay proxies in a process of its own, so that the delays do not depend on how busy the caller's event
 * loop is. Speaks to its parent over the fork's channel; ends when the parent does.
 */
const proxies: { path: string; setDelay(oneWayMs: number): void }[] = [];

process.on('message', (command: DelayCommand) => {
  handle(command).then(
    () => process.send?.({ id: command.id, ok: true } satisfies DelayReply),
    (error: unknown) =>
      process.send?.({ id: command.id, ok: false, error: String(error) } satisfies DelayReply),
  );
});
process.on('disconnect', () => process.exit(0));

async function handle(command: DelayCommand): Promise<void> {
  if (command.do === 'delay') {
    for (const proxy of proxies) if (proxy.path === command.path) proxy.setDelay(command.oneWayMs);
    return;
  }
  const { listen, target, path, oneWayMs, handshakes } = command;
  const proxy =
    command.protocol === 'tcp'
      ? await tcpDelayProxy({ listen, target, oneWayMs, handshakes })
      : await udpDelayProxy({ listen, target, oneWayMs });
  proxies.push({ path, setDelay: proxy.setDelay });
}
