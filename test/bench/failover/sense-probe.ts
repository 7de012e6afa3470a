import type { ShownFrame } from './gaps.ts';

/**
 * Runs in the pages: notes when frames of others are shown and when packets of their voices are played. Installed by
 * addInitScript, so it must not use anything outside this function.
 */
export function installSenseProbe(): void {
  type Sense = { frames: ShownFrame[]; sounds: number[]; latest: Latest; stop(): void };
  const senses = new Map<string, Sense>();
  let connections: RTCPeerConnection[] = [];
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.push(this);
    }
  };
  /** Between two looks for another picture. Milliseconds. */
  const LOOK_MS = 10;
  /**
   * Between two looks at what was played last, of which the receiver knows the time; so a voice is found back up to so much
   * later than it was. Not more often: a receiver asks WebRTC's own thread, and while that negotiates the page stands still.
   * At 10 ms pages stood still for half of the second in which they recovered. Milliseconds.
   */
  const LISTEN_MS = 40;
  const now = () => performance.timeOrigin + performance.now();

  const watchPicture = (selector: string, frames: ShownFrame[], latest: Latest) => {
    let video: Element | null = null;
    return () => {
      const found = document.querySelector(selector);
      if (found === video) return;
      video = found;
      if (!(found instanceof HTMLVideoElement)) return;
      // One that has come to the front has painted its first frame before, which is seen from now on.
      if (found.getVideoPlaybackQuality().totalVideoFrames > 0) {
        latest.frame = { at: now(), width: found.videoWidth };
        frames.push(latest.frame);
      }
      const onFrame = (at: number, { width }: VideoFrameCallbackMetadata) => {
        if (found !== video) return;
        latest.frame = { at: performance.timeOrigin + at, width };
        frames.push(latest.frame);
        found.requestVideoFrameCallback(onFrame);
      };
      found.requestVideoFrameCallback(onFrame);
    };
  };

  const watchSound = (selector: string, sounds: number[], latest: Latest) => {
    let track: MediaStreamTrack | undefined;
    let receiver: RTCRtpReceiver | undefined;
    let played = 0;
    return () => {
      const element = document.querySelector(selector);
      const stream = element instanceof HTMLAudioElement ? element.srcObject : null;
      const current = stream instanceof MediaStream ? stream.getAudioTracks()[0] : undefined;
      if (current !== track) {
        track = current;
        connections = connections.filter(({ connectionState }) => connectionState !== 'closed');
        receiver = connections
          .flatMap((connection) => connection.getReceivers())
          .find((candidate) => candidate.track === current);
        played = 0;
      }
      const newest = receiver?.getSynchronizationSources()[0]?.timestamp ?? 0;
      if (newest <= played) return;
      played = newest;
      latest.sound = newest;
      sounds.push(newest);
    };
  };

  Object.assign(window, {
    senses: {
      begin: (name: string, picture: string | null, sound: string | null) => {
        senses.get(name)?.stop();
        const [frames, sounds]: [ShownFrame[], number[]] = [[], []];
        const latest: Latest = { frame: null, sound: null };
        const timers = [
          ...(picture === null ? [] : [setInterval(watchPicture(picture, frames, latest), LOOK_MS)]),
          ...(sound === null ? [] : [setInterval(watchSound(sound, sounds, latest), LISTEN_MS)]),
        ];
        const stop = () => {
          for (const timer of timers) clearInterval(timer);
        };
        senses.set(name, { frames, sounds, latest, stop });
      },
      take: (name: string) => {
        const sense = senses.get(name);
        return { frames: sense?.frames.splice(0) ?? [], sounds: sense?.sounds.splice(0) ?? [] };
      },
      now: (name: string) => {
        const { frame, sound } = senses.get(name)?.latest ?? { frame: null, sound: null };
        return {
          width: frame?.width ?? 0,
          frameAge: frame ? now() - frame.at : Number.POSITIVE_INFINITY,
          soundAge: sound ? now() - sound : Number.POSITIVE_INFINITY,
        };
      },
    },
  });
}

type Latest = { frame: ShownFrame | null; sound: number | null };

/** What is seen and heard now: how wide the last picture was, and how long ago it and the last sound were, milliseconds. */
export type Sensed = { width: number; frameAge: number; soundAge: number };

/** What `window.senses` is, for code evaluated in the page. */
export type Senses = {
  begin(name: string, picture: string | null, sound: string | null): void;
  /** Everything since the last call. */
  take(name: string): { frames: ShownFrame[]; sounds: number[] };
  now(name: string): Sensed;
};
