// Whether a mediasoup-worker can be trusted with calls: MEDIASOUP_WORKER_BIN names the binary.
// That it starts says little: a wrong OpenSSL shows at the first DTLS handshake only, and a wrong
// libsrtp in the packets only. What our patches change is looked at as well.
import * as mediasoup from 'mediasoup';
import { dtlsHandshake } from './self-test/dtls.ts';
import { srtpLoop } from './self-test/srtp.ts';
import { temporalLayers } from './self-test/temporal-layers.ts';

const worker = await mediasoup.createWorker({ logLevel: 'warn' });
const died = new Promise<never>((_resolve, reject) => {
  worker.once('died', (error) => reject(new Error(`the worker died: ${error.message}`)));
});

async function check(name: string, run: () => Promise<string>): Promise<void> {
  const result = await Promise.race([run(), died]);
  console.log(`${name}: ${result}`);
}

const router = await worker.createRouter({
  mediaCodecs: [
    { kind: 'audio', mimeType: 'audio/opus', clockRate: 48000, channels: 2, preferredPayloadType: 100 },
    { kind: 'video', mimeType: 'video/VP8', clockRate: 90000, preferredPayloadType: 101 },
  ],
});
await check('DTLS handshake', () => dtlsHandshake(router));
await check('SRTP, AES-CM', () => srtpLoop(router, 'AES_CM_128_HMAC_SHA1_80'));
await check('SRTP, AES-GCM', () => srtpLoop(router, 'AEAD_AES_256_GCM'));
await check('temporal layers', () => temporalLayers(router));
worker.close();
