// mediasoup's own prebuilt worker, by mediasoup's own means.
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { projectEnvironment, projectNode } from './paths.mjs';
import { run } from './run.mjs';

const connectTimeout = 3_000;
const downloadTimeout = 120_000;

/** Calls `take` with the binary and answers true, or answers false, quickly, when it cannot be had. */
export async function fetchOfficialWorker(mediasoup, take) {
  if (!(await reachable(releaseHost(mediasoup)))) return false;
  try {
    await run(projectNode, ['npm-scripts.mjs', 'postinstall'], {
      cwd: mediasoup,
      // When the download fails the script goes on to build with pip. No Python, no such build.
      env: { ...projectEnvironment(), PYTHON: 'false' },
      timeout: downloadTimeout,
    });
  } catch {
    return false;
  }
  const binary = path.join(mediasoup, 'worker', 'out', 'Release', 'mediasoup-worker');
  if (!existsSync(binary)) return false;
  take(binary);
  return true;
}

function releaseHost(mediasoup) {
  const base = process.env.MEDIASOUP_WORKER_PREBUILT_DOWNLOAD_BASE_URL;
  const { repository } = JSON.parse(readFileSync(path.join(mediasoup, 'package.json'), 'utf8'));
  return new URL(base ?? repository.url.replace(/^git\+/, ''));
}

/** mediasoup's download has no timeout, and a firewall that swallows packets would hold it for minutes. */
function reachable(url) {
  return new Promise((resolve) => {
    const port = Number(url.port) || (url.protocol === 'http:' ? 80 : 443);
    const socket = connect({ host: url.hostname, port });
    const answer = (value) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(value);
    };
    // Covers the name lookup as well, which a socket's own timeout does not.
    const timer = setTimeout(() => answer(false), connectTimeout);
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}
