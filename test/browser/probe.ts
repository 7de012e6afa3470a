/**
 * Runs in the page: reads barcodes off videos and tones off audio elements. Installed by addInitScript, so it
 * must not use anything outside this function.
 */
export function installProbe(grid: { columns: number; rows: number }): void {
  const canvas = new OffscreenCanvas(grid.columns * 8, grid.rows * 8);
  const context = canvas.getContext('2d', { willReadFrequently: true });

  const pixelsOf = (video: HTMLVideoElement): Uint8ClampedArray | null => {
    if (!context || video.videoWidth === 0 || video.readyState < 2) return null;
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    return context.getImageData(0, 0, canvas.width, canvas.height).data;
  };

  const blocksOf = (video: HTMLVideoElement): boolean[] | null => {
    const data = pixelsOf(video);
    if (!data) return null;
    const blocks: boolean[] = [];
    for (let row = 0; row < grid.rows; row++) {
      for (let column = 0; column < grid.columns; column++) {
        let sum = 0;
        // The middle 4×4 of each 8×8 block: edges are blurred by scaling and by the codec.
        for (let y = 2; y < 6; y++) {
          for (let x = 2; x < 6; x++) sum += data[((row * 8 + y) * canvas.width + column * 8 + x) * 4] ?? 0;
        }
        blocks.push(sum / 16 > 128);
      }
    }
    return blocks;
  };

  const analysers = new Map<MediaStreamTrack, AnalyserNode>();
  let audioContext: AudioContext | undefined;
  const analyserOf = (element: HTMLMediaElement): AnalyserNode | null => {
    const stream = element.srcObject;
    const track = stream instanceof MediaStream ? stream.getAudioTracks()[0] : undefined;
    if (!track) return null;
    // A stream's track is exchanged when the sender comes from elsewhere.
    let analyser = analysers.get(track);
    if (!analyser) {
      audioContext ??= new AudioContext();
      analyser = audioContext.createAnalyser();
      analyser.fftSize = 8192;
      analyser.smoothingTimeConstant = 0;
      audioContext.createMediaStreamSource(new MediaStream([track])).connect(analyser);
      analysers.set(track, analyser);
    }
    return analyser;
  };

  const connections: RTCPeerConnection[] = [];
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.push(this);
    }
  };

  let longestGapMs = 0;
  let sinceFrame = () => 0;
  let meter: ReturnType<typeof setInterval> | undefined;

  Object.assign(window, {
    probe: {
      /** Ever made by the page: one that was moved or came back anew has made more. */
      connectionCount: () => connections.length,
      /** Packets that have arrived for the tracks of audio elements. */
      audioPackets: async (selectors: readonly string[]) => {
        const counts = new Map<string, number>();
        // All at once: asked one by one, forty cost more than the call itself.
        const open = connections.filter(({ connectionState }) => connectionState !== 'closed');
        for (const stats of await Promise.all(open.map((connection) => connection.getStats()))) {
          for (const entry of stats.values()) {
            if (entry.type === 'inbound-rtp')
              counts.set(entry.trackIdentifier, Number(entry.packetsReceived));
          }
        }
        return selectors.map((selector) => {
          const element = document.querySelector(selector);
          const stream = element instanceof HTMLAudioElement ? element.srcObject : null;
          const track = stream instanceof MediaStream ? stream.getAudioTracks()[0] : undefined;
          return (track && counts.get(track.id)) ?? null;
        });
      },
      /** The candidate pair in use of each connection that has one. */
      paths: async () => {
        const found: MediaPath[] = [];
        for (const connection of connections) {
          const stats = await connection.getStats();
          for (const transport of stats.values()) {
            if (transport.type !== 'transport' || !transport.selectedCandidatePairId) continue;
            const pair = stats.get(transport.selectedCandidatePairId);
            const local = stats.get(pair.localCandidateId);
            found.push({
              candidate: local.candidateType,
              protocol: local.protocol,
              relayProtocol: local.relayProtocol ?? null,
              packetsSent: Number(pair.packetsSent),
              packetsReceived: Number(pair.packetsReceived),
            });
          }
        }
        return found;
      },
      /** Heights of the layers that are really being encoded, lowest first. */
      sentLayers: async () => {
        const heights: number[] = [];
        for (const connection of connections) {
          for (const entry of (await connection.getStats()).values()) {
            if (entry.type === 'outbound-rtp' && entry.kind === 'video' && entry.framesEncoded > 0) {
              heights.push(Number(entry.frameHeight));
            }
          }
        }
        return heights.sort((a, b) => a - b);
      },
      /** From now on: the longest time between two frames of a video. */
      meterGaps: (selector: string) => {
        let shown: Element | null = null;
        let last = performance.now();
        const frameShown = (now: number) => {
          longestGapMs = Math.max(longestGapMs, now - last);
          last = now;
        };
        // Another element comes to the front when the stream comes another way.
        const follow = () => {
          const video = document.querySelector(selector);
          if (video === shown || !(video instanceof HTMLVideoElement)) return;
          if (shown !== null) frameShown(performance.now());
          shown = video;
          const onFrame = (now: number) => {
            if (video !== shown) return;
            frameShown(now);
            video.requestVideoFrameCallback(onFrame);
          };
          video.requestVideoFrameCallback(onFrame);
        };
        longestGapMs = 0;
        follow();
        if (shown === null) throw new Error(`no video at ${selector}`);
        clearInterval(meter);
        meter = setInterval(follow, 10);
        sinceFrame = () => performance.now() - last;
      },
      /** A picture that stands still since the last frame counts as well. */
      longestGapMs: () => Math.max(longestGapMs, sinceFrame()),
      blocks: (selector: string) => {
        const video = document.querySelector(selector);
        return video instanceof HTMLVideoElement ? blocksOf(video) : null;
      },
      /** The picture of a video as it is now, small; black is no picture. */
      picture: (selector: string) => {
        const video = document.querySelector(selector);
        const pixels = video instanceof HTMLVideoElement ? pixelsOf(video) : null;
        // Every fourth value is the opacity.
        return pixels?.some((value, i) => i % 4 !== 3 && value > 32) ? pixels.join() : null;
      },
      /** Loudest frequency in Hz and its level in dBFS, over the last 170 ms; null while there is no such track. */
      tone: (selector: string) => {
        const element = document.querySelector(selector);
        const analyser = element instanceof HTMLMediaElement ? analyserOf(element) : null;
        if (!analyser || !audioContext) return null;
        const levels = new Float32Array(analyser.frequencyBinCount);
        analyser.getFloatFrequencyData(levels);
        let loudest = 0;
        for (let bin = 1; bin < levels.length; bin++) {
          if ((levels[bin] ?? -200) > (levels[loudest] ?? -200)) loudest = bin;
        }
        return {
          frequency: (loudest * audioContext.sampleRate) / analyser.fftSize,
          level: levels[loudest] ?? -200,
        };
      },
    },
  });
}

/** `relayProtocol` is what leads to the TURN server; `protocol` is then what leads on from there. */
export type MediaPath = {
  candidate: 'host' | 'srflx' | 'prflx' | 'relay';
  protocol: 'udp' | 'tcp';
  relayProtocol: 'udp' | 'tcp' | 'tls' | null;
  packetsSent: number;
  packetsReceived: number;
};

/** What `window.probe` is, for code evaluated in the page. */
export type Probe = {
  blocks(selector: string): boolean[] | null;
  picture(selector: string): string | null;
  tone(selector: string): { frequency: number; level: number } | null;
  connectionCount(): number;
  audioPackets(selectors: readonly string[]): Promise<(number | null)[]>;
  paths(): Promise<MediaPath[]>;
  sentLayers(): Promise<number[]>;
  meterGaps(selector: string): void;
  longestGapMs(): number;
};
