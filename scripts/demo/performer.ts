export type Performance = {
  readonly name: string;
  readonly hue: number;
  /** WAV files in base64. */
  readonly lines: readonly string[];
};

/** What a page with a performer offers. */
export type Performer = {
  /** Says a line; resolves when it has been said. */
  say(line: number): Promise<void>;
};

declare global {
  interface Window {
    performer: Performer;
  }
}

/**
 * Runs in the page: a camera with a drawn picture and a microphone with recorded speech. Installed before the page's
 * own scripts, so it must not use anything outside this function.
 */
export function installPerformer({ name, hue, lines }: Performance): void {
  const WIDTH = 480;
  const HEIGHT = 270;
  const FPS = 15;
  const initials = name
    .split(' ')
    .map((word) => word[0])
    .join('');

  let studio: { context: AudioContext; destination: MediaStreamAudioDestinationNode; meter: AnalyserNode };
  let sounds: Promise<AudioBuffer[]>;
  const enterStudio = () => {
    if (studio) return studio;
    const context = new AudioContext();
    const destination = context.createMediaStreamDestination();
    const meter = new AnalyserNode(context, { fftSize: 512 });
    studio = { context, destination, meter };
    sounds = Promise.all(
      lines.map((line) => {
        const bytes = Uint8Array.from(atob(line), (character) => character.charCodeAt(0));
        return context.decodeAudioData(bytes.buffer);
      }),
    );
    return studio;
  };

  const say = async (line: number): Promise<void> => {
    const { context, destination, meter } = enterStudio();
    const buffer = (await sounds)[line];
    if (!buffer) throw new Error(`there is no line ${line}`);
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(destination);
    source.connect(meter);
    const said = new Promise((resolve) => source.addEventListener('ended', resolve, { once: true }));
    source.start();
    await said;
  };

  /** 0–1. */
  let level = 0;
  const measure = () => {
    const samples = new Float32Array(512);
    studio?.meter.getFloatTimeDomainData(samples);
    const now = Math.min(1, 4 * Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length));
    level = Math.max(now, level * 0.7);
  };

  const draw = (canvas: CanvasRenderingContext2D, seconds: number) => {
    measure();
    const sky = canvas.createLinearGradient(0, 0, WIDTH, HEIGHT);
    const drift = 18 * Math.sin(seconds / 5);
    sky.addColorStop(0, `hsl(${hue + drift} 62% 32%)`);
    sky.addColorStop(1, `hsl(${hue + 45 - drift} 58% 48%)`);
    canvas.fillStyle = sky;
    canvas.fillRect(0, 0, WIDTH, HEIGHT);

    for (let i = 0; i < 5; i++) {
      const x = WIDTH * (0.5 + 0.46 * Math.sin(seconds * (0.21 + i * 0.05) + i * 2.1));
      const y = HEIGHT * (0.5 + 0.44 * Math.cos(seconds * (0.17 + i * 0.06) + i * 1.3));
      canvas.fillStyle = `hsl(${hue + i * 14} 80% 72% / 0.16)`;
      canvas.beginPath();
      canvas.arc(x, y, 34 + i * 12, 0, 2 * Math.PI);
      canvas.fill();
    }

    const [cx, cy, radius] = [WIDTH / 2, HEIGHT / 2, 62];
    canvas.fillStyle = `hsl(${hue} 90% 88% / ${0.18 + level * 0.3})`;
    canvas.beginPath();
    canvas.arc(cx, cy, radius + 8 + level * 26, 0, 2 * Math.PI);
    canvas.fill();
    canvas.fillStyle = `hsl(${hue} 45% 20%)`;
    canvas.beginPath();
    canvas.arc(cx, cy + Math.sin(seconds * 1.4) * 3, radius, 0, 2 * Math.PI);
    canvas.fill();
    canvas.fillStyle = '#fff';
    canvas.font = '600 48px sans-serif';
    canvas.textAlign = 'center';
    canvas.textBaseline = 'middle';
    canvas.fillText(initials, cx, cy + 2 + Math.sin(seconds * 1.4) * 3);
  };

  const camera = (): MediaStreamTrack[] => {
    const element = document.createElement('canvas');
    element.width = WIDTH;
    element.height = HEIGHT;
    const canvas = element.getContext('2d');
    if (!canvas) throw new Error('no canvas');
    draw(canvas, 0);
    const tracks = element.captureStream(FPS).getVideoTracks();
    const timer = setInterval(() => {
      if (tracks.some((track) => track.readyState === 'live')) draw(canvas, performance.now() / 1000);
      else clearInterval(timer);
    }, 1000 / FPS);
    return tracks;
  };

  // The page may stop its microphone and ask for it again, as with a real one.
  const microphone = () =>
    enterStudio()
      .destination.stream.getAudioTracks()
      .map((track) => track.clone());

  window.performer = { say };
  navigator.mediaDevices.getUserMedia = async (constraints) =>
    new MediaStream([...(constraints?.audio ? microphone() : []), ...(constraints?.video ? camera() : [])]);
}
