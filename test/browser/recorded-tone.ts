import type { Tone } from './perception.ts';

/**
 * Runs in the page: the loudest frequency of the last of what an audio element's track delivers, like the probe's
 * `tone`, but from a short recording. Firefox's live AudioContext stands still on a machine without a sound card.
 */
export async function recordedTone(selector: string): Promise<Tone | null> {
  const element = document.querySelector(selector);
  const stream = element instanceof HTMLAudioElement ? element.srcObject : null;
  if (!(stream instanceof MediaStream) || stream.getAudioTracks().length === 0) return null;

  const recorder = new MediaRecorder(stream);
  const parts: Blob[] = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const stopped = new Promise((resolve) => {
    recorder.onstop = resolve;
  });
  recorder.start();
  setTimeout(() => recorder.stop(), 300);
  await stopped;

  const rate = 48_000;
  const encoded = await new Blob(parts).arrayBuffer();
  const sound = await new OfflineAudioContext(1, 1, rate).decodeAudioData(encoded);
  const context = new OfflineAudioContext(1, sound.length, rate);
  const analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
  const source = new AudioBufferSourceNode(context, { buffer: sound });
  source.connect(analyser).connect(context.destination);
  source.start();
  await context.startRendering();

  const levels = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(levels);
  const level = levels.reduce((loudest, one) => Math.max(loudest, one), Number.NEGATIVE_INFINITY);
  return { frequency: (levels.indexOf(level) * rate) / analyser.fftSize, level };
}
