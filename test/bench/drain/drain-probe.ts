/**
 * Runs in the page: when frames of others are shown, whether anybody's voice is played twice, and what connections have
 * lost. Installed by addInitScript, so it must not use anything outside this function.
 */
export function installDrainProbe(): void {
  /** Milliseconds between two looks at what is played, and at the counters. */
  const LISTEN = 5;
  const COUNT = 200;

  const connections: RTCPeerConnection[] = [];
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.push(this);
    }
  };

  const frames: number[] = [];
  let doubledMs = 0;
  let looked = performance.now();
  /** By SSRC; of connections that are closed as they last were. */
  const lost = new Map<number, number>();

  const watchPicture = (selector: string, interval: number) => {
    let video: Element | null = null;
    const look = () => {
      const found = document.querySelector(selector);
      if (found === video) return;
      video = found;
      if (!(found instanceof HTMLVideoElement)) return;
      // One that has come to the front has painted its first frame before, which is seen from now on.
      if (found.getVideoPlaybackQuality().totalVideoFrames > 0) {
        frames.push(performance.timeOrigin + performance.now());
      }
      let last: VideoFrameCallbackMetadata | null = null;
      const onFrame = (_: number, frame: VideoFrameCallbackMetadata) => {
        if (found !== video) return;
        // Pictures go on while the page is busy, and of what it has missed only the number is known. The worst that can
        // have been: they came at the rate of the camera, and then none did.
        const missed = last === null ? 0 : frame.presentedFrames - last.presentedFrames - 1;
        for (let i = 1; i <= missed && last !== null; i++) {
          const at = Math.min(last.presentationTime + i * interval, frame.presentationTime);
          frames.push(performance.timeOrigin + at);
        }
        frames.push(performance.timeOrigin + frame.presentationTime);
        last = frame;
        found.requestVideoFrameCallback(onFrame);
      };
      found.requestVideoFrameCallback(onFrame);
    };
    look();
    new MutationObserver(look).observe(document.body, {
      ...{ subtree: true, childList: true },
      attributeFilter: ['data-behind'],
    });
  };

  const voices = () => {
    const tracks = new Map<string, Set<string>>();
    for (const element of document.querySelectorAll('audio')) {
      const id = element.dataset.participantId;
      const stream = element.srcObject;
      if (!id || element.paused || element.muted || !(stream instanceof MediaStream)) continue;
      const playing = tracks.get(id) ?? new Set();
      for (const track of stream.getAudioTracks()) if (track.readyState === 'live') playing.add(track.id);
      tracks.set(id, playing);
    }
    return [...tracks.values()];
  };
  setInterval(() => {
    const now = performance.now();
    if (voices().some((tracks) => tracks.size > 1)) doubledMs += now - looked;
    looked = now;
  }, LISTEN);
  setInterval(async () => {
    for (const connection of connections) {
      if (connection.connectionState === 'closed') continue;
      for (const entry of (await connection.getStats()).values()) {
        if (entry.type === 'inbound-rtp') lost.set(entry.ssrc, Math.max(0, entry.packetsLost));
      }
    }
  }, COUNT);

  Object.assign(window, {
    drain: {
      begin: () => {
        frames.length = 0;
        doubledMs = 0;
        lost.clear();
      },
      watchPicture,
      frames: () => frames,
      doubledMs: () => doubledMs,
      lost: () => [...lost.values()].reduce((sum, one) => sum + one, 0),
    },
  });
}

/** What `window.drain` is, for code evaluated in the page. */
export type DrainProbe = {
  begin(): void;
  /** From now on notes the frames of the video that is shown there; `interval`: milliseconds between two of the camera. */
  watchPicture(selector: string, interval: number): void;
  /** When they were shown, epoch milliseconds. */
  frames(): number[];
  /** Milliseconds for which two tracks of one participant were played at once. */
  doubledMs(): number;
  /** Packets missing from the sequence of any stream, after retransmission. */
  lost(): number;
};
