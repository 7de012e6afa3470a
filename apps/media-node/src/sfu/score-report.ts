import type { ProducerScore } from 'mediasoup/types';
import { PEER } from '../config.ts';
import { Throttle } from '../net/throttle.ts';
import type { LocalPublication } from './local-publication.ts';
import type { NodeToClientBody } from './wire.ts';

/** Tells a publisher how well its stream arrives, on change, until the stream ends. */
export function reportScores(
  { producer, stream }: LocalPublication,
  send: (body: NodeToClientBody) => void,
): void {
  let told = '';
  const report = new Throttle(PEER.scoreInterval, () => {
    const scores = scoresOf(producer.score, producer.rtpParameters.encodings?.length ?? 0);
    const text = JSON.stringify(scores);
    if (text === told) return;
    told = text;
    send({ type: 'score', stream_id: stream.stream_id, scores });
  });
  producer.on('score', () => report.ask());
  producer.observer.once('close', () => report.close());
  if (producer.closed) report.close();
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
