import { DEMO_PEOPLE } from '../../scripts/stack/oidc/people.ts';

type Cookie = { name: string; value: string; path: string };

const MAX_REDIRECTS = 10;

export type Visit = { url: URL; response: Response };

/** What a browser does of navigation and cookies, without one: for signing in as people do. */
export class Browser {
  readonly #cookies = new Map<string, Cookie>();

  /** One request, with the cookies of the host, and no redirect followed. */
  async request(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const target = new URL(url);
    const headers = new Headers(init.headers);
    const cookies = [...this.#cookies.values()].filter(({ path }) => isBelow(target.pathname, path));
    if (cookies.length > 0) {
      headers.set('cookie', cookies.map(({ name, value }) => `${name}=${value}`).join('; '));
    }
    const response = await fetch(target, {
      ...init,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(15_000),
    });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    return response;
  }

  /** As a person who follows a link: goes where redirects lead, all of which it tells. */
  async open(url: string | URL, init: RequestInit = {}): Promise<Visit[]> {
    const visits: Visit[] = [];
    let here: URL | undefined = new URL(url);
    while (here) {
      if (visits.length > MAX_REDIRECTS) throw new Error(`too many redirects: ${here}`);
      const response: Response = await this.request(here, visits.length === 0 ? init : {});
      visits.push({ url: here, response });
      const location = response.headers.get('location');
      here = location === null ? undefined : new URL(location, here);
    }
    return visits;
  }

  /** The whole way through the development provider. Ends where `returnTo` is. */
  async signIn(origin: string, person: { email: string; name?: string }, returnTo = '/'): Promise<Visit[]> {
    const start = `${origin}/api/v1/auth/sign-in?return_to=${encodeURIComponent(returnTo)}`;
    const there = await this.open(start);
    const page = last(there);
    if (!page.response.ok) throw new Error(`${page.response.status} at ${page.url}`);
    const known = DEMO_PEOPLE.some(({ email }) => email === person.email);
    const form: Record<string, string> = known
      ? { account: person.email }
      : { name: person.name ?? person.email, email: person.email };
    const back = await this.open(page.url, { method: 'POST', body: new URLSearchParams(form) });
    return [...there, ...back];
  }

  cookie(name: string): string | undefined {
    return this.#cookies.get(name)?.value;
  }

  /** Another browser with the same cookies: somebody who has copied them. */
  copy(): Browser {
    const copy = new Browser();
    for (const [name, cookie] of this.#cookies) copy.#cookies.set(name, cookie);
    return copy;
  }

  /** Cookies know no ports: the provider and the platform share one jar, as in a browser. */
  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    const attribute = (wanted: string) =>
      attributes.find((one) => one.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1);
    const expires = attribute('expires');
    const gone = attribute('max-age') === '0' || (expires !== undefined && Date.parse(expires) <= Date.now());
    if (gone) this.#cookies.delete(name);
    else this.#cookies.set(name, { name, value, path: attribute('path') ?? '/' });
  }
}

export function last(visits: readonly Visit[]): Visit {
  const visit = visits.at(-1);
  if (!visit) throw new Error('nothing was visited');
  return visit;
}

function isBelow(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`);
}
