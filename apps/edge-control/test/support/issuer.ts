import { type CryptoKey, exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose';
import { vi } from 'vitest';

export const CLIENT = { id: 'our client/id', secret: 'our secret & more' };

type Answer = { status?: number; body?: unknown };

/** The smallest OpenID provider: what it answers is for the test to say. Takes the place of the network. */
export class TestIssuer {
  readonly url: string;
  /** What was asked of it, in order. */
  readonly requests: { path: string; headers: Headers; form: FormData }[] = [];
  readonly answers = new Map<string, Answer | (() => Answer)>();
  readonly #kid: string;
  readonly #keys: { privateKey: CryptoKey; publicKey: CryptoKey };

  private constructor(url: string, kid: string, keys: { privateKey: CryptoKey; publicKey: CryptoKey }) {
    this.url = url;
    this.#kid = kid;
    this.#keys = keys;
  }

  static async start(url = `https://${crypto.randomUUID()}.test`, kid = 'k1'): Promise<TestIssuer> {
    const issuer = new TestIssuer(url, kid, await generateKeyPair('RS256', { extractable: true }));
    issuer.answers.set('/.well-known/openid-configuration', {
      body: {
        issuer: url,
        authorization_endpoint: `${url}/authorize?tenant=7`,
        token_endpoint: `${url}/token`,
        userinfo_endpoint: `${url}/me`,
        jwks_uri: `${url}/jwks`,
      },
    });
    const jwk = { ...(await exportJWK(issuer.#keys.publicKey)), kid };
    issuer.answers.set('/jwks', { body: { keys: [jwk] } });
    vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) =>
      issuer.#answer(new Request(input, init)),
    );
    return issuer;
  }

  get env() {
    return { OIDC_ISSUER: this.url, OIDC_CLIENT_ID: CLIENT.id, OIDC_CLIENT_SECRET: CLIENT.secret };
  }

  stop(): void {
    vi.restoreAllMocks();
  }

  /** An ID token in order, but for what `claims` and `header` say instead. */
  idToken(
    claims: Record<string, unknown>,
    header: Partial<JWTHeaderParameters> = {},
    key: CryptoKey | Uint8Array = this.#keys.privateKey,
  ): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ iss: this.url, aud: CLIENT.id, sub: 'ann', iat: now, exp: now + 60, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: this.#kid, ...header })
      .sign(key);
  }

  async publicJwk(): Promise<string> {
    return JSON.stringify(await exportJWK(this.#keys.publicKey));
  }

  async #answer(request: Request): Promise<Response> {
    const { origin, pathname } = new URL(request.url);
    const form = request.method === 'POST' ? await request.formData() : new FormData();
    this.requests.push({ path: pathname, headers: request.headers, form });
    const said = origin === this.url ? this.answers.get(pathname) : undefined;
    if (!said) throw new TypeError('nobody is there');
    const { status = 200, body } = typeof said === 'function' ? said() : said;
    return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status });
  }
}
