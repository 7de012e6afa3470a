import type { Layer, Source } from '@meridian/protocol';
import type { ProducerCodecOptions, RtpEncodingParameters } from 'mediasoup-client/types';
import {
  ASSUMED_VIDEO_SIZE,
  CAMERA_BITRATES,
  FOLLOWING,
  SCREEN_BITRATE,
  SIMULCAST_MIN_PIXELS,
  VIDEO_START,
} from './config.ts';

/** How a track is sent, and what is declared to the node about it. */
export type Encoding = {
  encodings: RtpEncodingParameters[];
  /** Lowest first, as the encodings are. */
  layers: Layer[];
};

/**
 * Simulcast for a camera of this size: each layer has half the lines of the next, and three temporal layers, so
 * that a slow receiver can be given fewer frames. Only as many layers as libwebrtc really sends.
 */
export function encodingsFor(width: number, height: number): Encoding {
  const count = SIMULCAST_MIN_PIXELS.find((step) => width * height >= step.pixels)?.layers ?? 1;
  const scales = Array.from({ length: count }, (_, index) => 2 ** (count - 1 - index));
  const layers = scales.map((scale): Layer => {
    const w = Math.max(1, Math.floor(width / scale));
    const h = Math.max(1, Math.floor(height / scale));
    return { w, h, bps: cameraBitrate(Math.min(w, h)) };
  });
  const encodings = scales.map((scale, index) => ({
    scaleResolutionDownBy: scale,
    maxBitrate: layers[index]?.bps,
    scalabilityMode: 'L1T3',
  }));
  return { encodings, layers };
}

/** One layer for everyone: text is either sharp or useless. */
export function screenEncodingFor(width: number, height: number): Encoding {
  return {
    encodings: [{ maxBitrate: SCREEN_BITRATE, scalabilityMode: 'L1T3' }],
    layers: [{ w: width, h: height, bps: SCREEN_BITRATE }],
  };
}

export function encodingOf(source: Source, track: MediaStreamTrack): Encoding {
  if (track.kind === 'audio') return { encodings: [], layers: [] };
  const settings = track.getSettings();
  const width = Math.round(settings.width || ASSUMED_VIDEO_SIZE.width);
  const height = Math.round(settings.height || ASSUMED_VIDEO_SIZE.height);
  return source === 'screen' ? screenEncodingFor(width, height) : encodingsFor(width, height);
}

/** What is known of a way up before anything is sent on it. */
export type Uplink = {
  /** How low the estimate of it may fall, kbit/s; 0: wherever it goes. */
  floorKbps: number;
  /** It was too narrow for what was sent, a moment ago. */
  narrow: boolean;
};

/** `needed`: by what is to be sent at first, bits per second. `prepared`: it is for a standby. */
export function codecOptionsOf(
  source: Source,
  { needed, uplink, prepared }: { needed: number; uplink: Uplink; prepared: boolean },
): ProducerCodecOptions {
  switch (source) {
    case 'microphone':
      // FEC repairs single losses. DTX would save bits in silence, and clip the beginnings of words.
      return { opusFec: true, opusDtx: false };
    case 'screen_audio':
      return { opusFec: true, opusDtx: false, opusStereo: true };
    case 'camera':
    case 'screen':
      if (uplink.narrow) return { videoGoogleStartBitrate: VIDEO_START.narrowKbps };
      return {
        videoGoogleStartBitrate: startKbps(
          needed,
          prepared ? VIDEO_START.preparedMaxKbps : VIDEO_START.maxKbps,
        ),
        videoGoogleMinBitrate: Math.max(VIDEO_START.floorKbps, uplink.floorKbps),
      };
  }
}

/**
 * How low the estimate of bandwidth may fall while these layers are sent, when the way up was lately estimated at `uplink`
 * bits per second (0: unknown). kbit/s; 0: wherever it goes, since a single layer gets coarser, and does not stop.
 */
export function floorOf(layers: readonly Layer[], uplink: number): number {
  const [top, ...lower] = layers.toReversed();
  if (!top || lower.length === 0) return 0;
  const below = lower.reduce((sum, { bps }) => sum + bps, 0);
  const needed = below + FOLLOWING.least * top.bps + FOLLOWING.voiceKbps * 1000;
  const floor = Math.min(needed, FOLLOWING.trusted * uplink) / 1000;
  const steps = Math.ceil(floor / FOLLOWING.stepKbps);
  return floor > VIDEO_START.floorKbps ? steps * FOLLOWING.stepKbps : 0;
}

/**
 * Where the encoder starts, kbit/s. The browser tries three and six times as much at once, so too much is worse than
 * too little: a burst that the path does not carry makes it begin again far below what is needed. What another path has
 * carried says nothing here: an estimate is not much higher than what was sent.
 */
function startKbps(needed: number, maxKbps: number): number {
  const wanted = (needed * VIDEO_START.headroom) / 1000;
  return Math.round(Math.max(VIDEO_START.minKbps, Math.min(wanted, maxKbps)));
}

function cameraBitrate(lines: number): number {
  return CAMERA_BITRATES.find((step) => lines <= step.lines)?.bps ?? SCREEN_BITRATE;
}
