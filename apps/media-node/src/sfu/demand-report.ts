import { setTimeout as sleep } from 'node:timers/promises';
import { PUBLISH } from '../config.ts';
import { DowngradeDelay } from './downgrade-delay.ts';
import type { LocalPublication } from './local-publication.ts';
import type { NodeToClientBody } from './wire.ts';

/**
 * Tells the publisher of a video how many of its layers anybody watches, on this node or behind any other, from when
 * it is announced until it ends: at once when more are wanted, and when fewer have been for a while.
 */
export function reportDemand(publication: LocalPublication, send: (body: NodeToClientBody) => void): void {
  const { producer } = publication;
  if (producer.kind !== 'video' || producer.closed) return;
  if (publication.announced) beginInTime(publication, send);
  else publication.once('announced', () => beginInTime(publication, send));
}

function beginInTime(publication: LocalPublication, send: (body: NodeToClientBody) => void): void {
  if (publication.waits) void beginWhenStarted(publication, send);
  else begin(publication, send);
}

async function beginWhenStarted(
  publication: LocalPublication,
  send: (body: NodeToClientBody) => void,
): Promise<void> {
  await Promise.race([publication.started, sleep(PUBLISH.startWithin, undefined, { ref: false })]);
  if (!publication.closed) begin(publication, send);
}

function begin(publication: LocalPublication, send: (body: NodeToClientBody) => void): void {
  const { demand, stream } = publication;
  const tell = (layers: number) => send({ type: 'publish_layers', source: stream.source, layers });
  const all = Math.max(1, stream.layers.length);
  // A client sends all of it until it hears otherwise; what was at another node before begins with what it was there.
  const first = Math.min(publication.watched ?? all, all);
  const wanted = new DowngradeDelay(first, PUBLISH.lowerAfter);
  // It may just have heard of the publication before this one.
  tell(first);
  let due: NodeJS.Timeout | undefined;
  const update = () => {
    const before = wanted.value;
    const now = performance.now();
    const layers = wanted.update((demand.layers.at(-1) ?? -1) + 1, now);
    if (layers !== before) tell(layers);
    clearTimeout(due);
    if (wanted.due !== null) due = setTimeout(update, Math.max(1, wanted.due - now));
  };
  demand.on('changed', update);
  publication.once('closed', () => {
    demand.off('changed', update);
    clearTimeout(due);
  });
  update();
}
