import type { ShownFrame } from './gaps.ts';

/**
 * Runs in the pages: notes when frames of others are shown and when packets of their voices are played. Installed by
 * addInitScript, so it must not use anything outside this function.
 */
export function installSenseProbe(): void {
  type Sense = { frames: ShownFrame[]; sounds: number[]; stop(): void };
  const senses = new Map<string, Sense>();
  const connections: RTCPeerConnection[] = [];
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.push(this);
    }
  };
  /** Played packets appear in the receiver's sources within one of these. Milliseconds. */
  const LISTEN_MS = 10;
  const now = () => performance.timeOrigin + performance.now();

  const watchPicture = (selector: string, frames: ShownFrame[]) => {
    let video: Element | null = null;
    return () => {
      const found = document.querySelector(selector);
      if (found === video) return;
      video = found;
      if (!(found instanceof HTMLVideoElement)) return;
      const onFrame = (at: number, { width }: VideoFrameCallbackMetadata) => {
        if (found !== video) return;
        frames.push({ at: performance.timeOrigin + at, width });
        found.requestVideoFrameCallback(onFrame);
      };
      found.requestVideoFrameCallback(onFrame);
    };
  };

  const watchSound = (selector: string, sounds: number[]) => {
    let track: MediaStreamTrack | undefined;
    let receiver: RTCRtpReceiver | undefined;
    let played = 0;
    return () => {
      const element = document.querySelector(selector);
      const stream = element instanceof HTMLAudioElement ? element.srcObject : null;
      const current = stream instanceof MediaStream ? stream.getAudioTracks()[0] : undefined;
      if (current !== track) {
        track = current;
        receiver = connections
          .flatMap((connection) => connection.getReceivers())
          .find((candidate) => candidate.track === current);
        played = 0;
      }
      const newest = receiver?.getSynchronizationSources()[0]?.timestamp ?? 0;
      if (newest <= played) return;
      played = newest;
      sounds.push(now());
    };
  };

  Object.assign(window, {
    senses: {
      begin: (name: string, picture: string | null, sound: string | null) => {
        senses.get(name)?.stop();
        const [frames, sounds]: [ShownFrame[], number[]] = [[], []];
        const looks = [
          ...(picture === null ? [] : [watchPicture(picture, frames)]),
          ...(sound === null ? [] : [watchSound(sound, sounds)]),
        ];
        const timer = setInterval(() => {
          for (const look of looks) look();
        }, LISTEN_MS);
        senses.set(name, { frames, sounds, stop: () => clearInterval(timer) });
      },
      take: (name: string) => {
        const sense = senses.get(name);
        return { frames: sense?.frames.splice(0) ?? [], sounds: sense?.sounds.splice(0) ?? [] };
      },
    },
  });
}

/** What `window.senses` is, for code evaluated in the page. */
export type Senses = {
  begin(name: string, picture: string | null, sound: string | null): void;
  /** Everything since the last call. */
  take(name: string): { frames: ShownFrame[]; sounds: number[] };
};
