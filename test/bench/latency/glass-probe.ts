import type { Shown } from './frame-times.ts';

/**
 * Runs in the pages: notes when frames of the barcode camera are shown, and makes a direct connection between two
 * of them. Installed by addInitScript, so it must not use anything outside this function.
 */
export function installGlassProbe(): void {
  const readings = new Map<string, Shown[]>();
  let direct: RTCPeerConnection | undefined;

  const complete = (connection: RTCPeerConnection) =>
    new Promise<string>((resolve) => {
      const done = () => {
        if (connection.iceGatheringState === 'complete') resolve(connection.localDescription?.sdp ?? '');
      };
      connection.addEventListener('icegatheringstatechange', done);
      done();
    });
  const connection = () => {
    if (!direct) throw new Error('there is no direct connection');
    return direct;
  };

  Object.assign(window, {
    glass: {
      /** From now on: which frame is on screen when, on a clock the pages of this machine share. */
      watch: (name: string, selector: string) => {
        const video = document.querySelector(selector);
        if (!(video instanceof HTMLVideoElement)) throw new Error(`no video at ${selector}`);
        const shown: Shown[] = [];
        readings.set(name, shown);
        const onFrame = (_now: number, { expectedDisplayTime }: VideoFrameCallbackMetadata) => {
          video.requestVideoFrameCallback(onFrame);
          const blocks = window.probe.blocks(selector);
          const code = blocks && window.readBarcode(blocks);
          if (code) shown.push({ frame: code.frame, at: performance.timeOrigin + expectedDisplayTime });
        };
        video.requestVideoFrameCallback(onFrame);
      },
      take: (name: string) => readings.get(name)?.splice(0) ?? [],
      /** The sender's side: offers the camera that `selector` shows, and a microphone, as an ordinary call does. */
      offer: async (selector: string) => {
        const video = document.querySelector(selector);
        const stream = video instanceof HTMLVideoElement ? video.srcObject : null;
        if (!(stream instanceof MediaStream)) throw new Error(`no camera at ${selector}`);
        direct = new RTCPeerConnection();
        const [camera] = stream.getVideoTracks();
        const [microphone] = (await navigator.mediaDevices.getUserMedia({ audio: true })).getAudioTracks();
        if (!camera || !microphone) throw new Error('no camera or microphone');
        const call = new MediaStream([camera, microphone]);
        direct.addTrack(microphone, call);
        const transceiver = direct.addTransceiver(camera, { direction: 'sendonly', streams: [call] });
        const codecs = RTCRtpSender.getCapabilities('video')?.codecs ?? [];
        transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => /vp8|rtx/i.test(mimeType)));
        await direct.setLocalDescription();
        return complete(direct);
      },
      /** The receiver's side: answers, and shows what comes in a video of the given id. */
      answer: async (sdp: string, id: string) => {
        const video = document.createElement('video');
        video.id = id;
        video.autoplay = true;
        Object.assign(video.style, {
          position: 'fixed',
          right: '0',
          bottom: '0',
          width: '480px',
          zIndex: '9',
        });
        document.body.append(video);
        direct = new RTCPeerConnection();
        direct.addEventListener('track', ({ streams }) => {
          video.srcObject = streams[0] ?? null;
        });
        await direct.setRemoteDescription({ type: 'offer', sdp });
        await direct.setLocalDescription();
        return complete(direct);
      },
      accept: (sdp: string) => connection().setRemoteDescription({ type: 'answer', sdp }),
      size: (selector: string) => {
        const video = document.querySelector(selector);
        return video instanceof HTMLVideoElement ? video.videoHeight : 0;
      },
    },
  });
}

/** What `window.glass` is, for code evaluated in the page. */
export type GlassProbe = {
  watch(name: string, selector: string): void;
  take(name: string): Shown[];
  offer(selector: string): Promise<string>;
  answer(sdp: string, id: string): Promise<string>;
  accept(sdp: string): Promise<void>;
  size(selector: string): number;
};
