import path from 'node:path';
import type { Logger } from './logs.ts';
import type { Environment } from './media-node.ts';
import { DEMO_OPERATOR } from './oidc/people.ts';
import { oidcSecrets } from './oidc/secrets.ts';
import { ROOT } from './paths.ts';
import { ManagedProcess } from './process.ts';
import { waitUntilReady } from './wait.ts';

export type OidcOptions = {
  readonly dataDir: string;
  readonly port: number;
  /** Of the platform, to which people come back. */
  readonly publicOrigin: string;
  readonly log: Logger;
};

const CLIENT_ID = 'meridian';
const START_TIMEOUT = 20_000;
/** What the library says at each start: that what it keeps in memory is lost, which here it may be. */
const NOISE = /oidc-provider (NOTICE|WARNING)/;

/** An OpenID provider for development, where people sign in without a password. */
export class OidcProvider {
  readonly issuer: string;
  readonly #options: OidcOptions;
  #process: ManagedProcess | undefined;

  constructor(options: OidcOptions) {
    this.#options = options;
    this.issuer = `http://127.0.0.1:${options.port}`;
  }

  get process(): ManagedProcess | undefined {
    return this.#process;
  }

  /** What the Workers need to know of it. */
  get edgeEnv(): Environment {
    return {
      OIDC_ISSUER: this.issuer,
      OIDC_CLIENT_ID: CLIENT_ID,
      OIDC_CLIENT_SECRET: oidcSecrets(this.#options.dataDir).clientSecret,
      OPERATORS: DEMO_OPERATOR,
    };
  }

  async start(): Promise<void> {
    const { dataDir, port, publicOrigin, log } = this.#options;
    this.#process = new ManagedProcess({
      name: 'oidc',
      command: process.execPath,
      args: [path.join(ROOT, 'scripts', 'stack', 'oidc', 'provider.ts')],
      cwd: ROOT,
      env: {
        PATH: process.env.PATH,
        PORT: String(port),
        DATA_DIR: dataDir,
        CLIENT_ID,
        REDIRECT_URI: new URL('/api/v1/auth/callback', publicOrigin).href,
      },
      log,
      hide: NOISE,
    });
    await waitUntilReady({
      url: `${this.issuer}/.well-known/openid-configuration`,
      what: 'sign-in provider',
      timeout: START_TIMEOUT,
      processes: [this.#process],
    });
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
  }
}
