import * as mediasoup from 'mediasoup';
import type { Worker } from 'mediasoup/types';
import { SFU } from '../config.ts';
import { withDeadline } from '../net/deadline.ts';
import type { DtlsCertificate } from './certificate.ts';

/** Starts the process of a mediasoup worker. */
export function spawnWorker(certificate: DtlsCertificate): Promise<Worker> {
  return withDeadline(
    certificate.inFiles(({ certificateFile, privateKeyFile }) =>
      keepingSignals(() =>
        mediasoup.createWorker({
          logLevel: 'warn',
          dtlsCertificateFile: certificateFile,
          dtlsPrivateKeyFile: privateKeyFile,
        }),
      ),
    ),
    SFU.workerTimeout,
    'starting a media worker',
    (late) => late.close(),
  );
}

/**
 * mediasoup closes each worker when this process is told to stop. Here that only begins the drain, for which
 * the workers are needed; they end with the node.
 */
function keepingSignals<T>(spawn: () => T): T {
  const signals = ['SIGTERM', 'SIGINT'] as const;
  const before = signals.map((signal) => new Set(process.listeners(signal)));
  const result = spawn();
  signals.forEach((signal, index) => {
    for (const listener of process.listeners(signal)) {
      if (!before[index]?.has(listener)) process.removeListener(signal, listener);
    }
  });
  return result;
}
