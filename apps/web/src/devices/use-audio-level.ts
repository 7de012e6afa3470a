import { useEffect, useRef } from 'react';

const FALL_PER_FRAME = 0.06;

/**
 * Calls back with the loudness of a track, 0 to 1, once per frame of the display. It calls instead of setting
 * state: sixty renders a second are not worth a bar that moves.
 */
export function useAudioLevel(track: MediaStreamTrack | null, onLevel: (level: number) => void): void {
  const callback = useRef(onLevel);
  useEffect(() => {
    callback.current = onLevel;
  });

  useEffect(() => {
    if (!track) return callback.current(0);
    const context = new AudioContext();
    const analyser = new AnalyserNode(context, { fftSize: 512 });
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let shown = 0;
    let frame = requestAnimationFrame(function measure() {
      analyser.getFloatTimeDomainData(samples);
      // Falls gently, so that the bar can be followed by eye.
      shown = Math.max(loudness(samples), shown - FALL_PER_FRAME);
      callback.current(shown);
      frame = requestAnimationFrame(measure);
    });
    // Some browsers start it suspended until the page is clicked.
    const resume = () => void context.resume();
    window.addEventListener('pointerdown', resume);
    return () => {
      cancelAnimationFrame(frame);
      window.removeEventListener('pointerdown', resume);
      void context.close();
    };
  }, [track]);
}

/** From -60 dB, the noise of a quiet room, to -10 dB, loud speech. */
function loudness(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibels = 10 * Math.log10(sum / samples.length + 1e-10);
  return Math.min(1, Math.max(0, (decibels + 60) / 50));
}
