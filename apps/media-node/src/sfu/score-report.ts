import type { ProducerScore } from 'mediasoup/types';
import { PEER } from '../config.ts';
import { Throttle } from '../net/throttle.ts';
import type { LocalPublication } from './local-publication.ts';
import type { NodeToClientBody } from './wire.ts';

/**
 * Tells a publisher how well its stream arrives, on change, until the stream ends; and the publication, for everybody
 * who receives it, once that has settled.
 */
export function reportScores(publication: LocalPublication, send: (body: NodeToClientBody) => void): void {
  const { producer, stream } = publication;
  const scores = () =>
    isIdle(publication) ? [] : scoresOf(producer.score, producer.rtpParameters.encodings?.length ?? 0);
  let told = '';
  const report = new Throttle(PEER.scoreInterval, () => {
    const text = JSON.stringify(scores());
    if (text === told) return;
    told = text;
    send({ type: 'score', stream_id: stream.stream_id, scores: scores() });
  });
  let settling: NodeJS.Timeout | undefined;
  const settled = () => {
    settling = undefined;
    publication.setScore(arrivalOf(scores()));
  };
  producer.on('score', () => {
    report.ask();
    settling ??= setTimeout(settled, PEER.arrivalSettle);
  });
  const close = () => {
    report.close();
    clearTimeout(settling);
  };
  producer.observer.once('close', close);
  if (producer.closed) close();
}

/** One for each encoding, lowest first; mediasoup leaves out those that have sent nothing. */
export function scoresOf(
  scores: readonly Pick<ProducerScore, 'encodingIdx' | 'score'>[],
  encodings: number,
): number[] {
  return Array.from(
    { length: encodings },
    (_, index) => scores.find(({ encodingIdx }) => encodingIdx === index)?.score ?? 0,
  );
}

/** A whole stream gets through by the best of its encodings. Null while it need not send any. */
export function arrivalOf(scores: readonly number[]): number | null {
  return scores.length === 0 ? null : Math.max(...scores);
}

/** It rightly sends nothing: it is muted, or a picture that nobody watches. To mediasoup that is the worst of scores. */
export function isIdle({ stream, demand }: Pick<LocalPublication, 'stream' | 'demand'>): boolean {
  return stream.paused || (stream.layers.length > 0 && demand.layers.length === 0);
}
