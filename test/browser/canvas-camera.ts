import { encodeBarcode, GRID } from '../media/barcode.ts';

export type CanvasCamera = {
  readonly grid: { columns: number; rows: number };
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** The blocks of each frame, row by row, '1' for white; shown in a loop. */
  readonly frames: readonly string[];
};

const FRAMES = 120;

/** The picture of a participant (1–15), for installCanvasCamera. */
export function canvasCameraOf(participant: number): CanvasCamera {
  const bits = (frame: number) => encodeBarcode({ participant, frame }).map(Number).join('');
  return {
    grid: GRID,
    width: 640,
    height: 360,
    fps: 15,
    frames: Array.from({ length: FRAMES }, (_, frame) => bits(frame)),
  };
}

/**
 * Runs in the page: for browsers that cannot play a file as a camera, one that is a canvas. The microphone stays the
 * browser's. Installed before the page's own scripts, so it must not use anything outside this function.
 */
export function installCanvasCamera({ grid, width, height, fps, frames }: CanvasCamera): void {
  const camera = (): MediaStreamTrack[] => {
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext('2d');
    if (!context) throw new Error('no canvas');
    const [w, h] = [width / grid.columns, height / grid.rows];
    let frame = 0;
    const draw = () => {
      const bits = frames[frame++ % frames.length] ?? '';
      for (const [i, bit] of [...bits].entries()) {
        context.fillStyle = bit === '1' ? '#fff' : '#000';
        context.fillRect((i % grid.columns) * w, Math.floor(i / grid.columns) * h, w, h);
      }
    };
    draw();
    const tracks = canvas.captureStream(fps).getVideoTracks();
    const timer = setInterval(() => {
      if (tracks.some((track) => track.readyState === 'live')) draw();
      else clearInterval(timer);
    }, 1000 / fps);
    return tracks;
  };

  // The blank page of before is not a secure one, and has none.
  const devices: MediaDevices | undefined = navigator.mediaDevices;
  if (!devices) return;
  const native = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (constraints) => {
    const audio = constraints?.audio;
    const microphone = audio ? await native({ audio }) : new MediaStream();
    return new MediaStream([...microphone.getAudioTracks(), ...(constraints?.video ? camera() : [])]);
  };
}
