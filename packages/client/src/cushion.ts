import type { Consumer } from 'mediasoup-client/types';
import { CUSHION } from './config.ts';
import { firstFrame } from './first-frame.ts';

/**
 * Holds the pictures of a video that has just begun back by a little until its receiver knows how unevenly they come.
 * libwebrtc leaves a frame out that comes later than it had foreseen, if the next one is there already: to one that
 * foresees too little every burst costs two or three of them. From the first frame on, which nothing should delay. A
 * browser without the attribute (WebRTC Extensions, RTCRtpReceiver.jitterBufferTarget) does as it would have done.
 */
export async function cushion(consumer: Consumer): Promise<void> {
  const receiver = consumer.rtpReceiver;
  if (!receiver || !(await firstFrame(consumer)) || consumer.closed) return;
  receiver.jitterBufferTarget = CUSHION.targetMs;
  const timer = setTimeout(() => {
    receiver.jitterBufferTarget = null;
  }, CUSHION.forMs);
  consumer.observer.once('close', () => clearTimeout(timer));
}
