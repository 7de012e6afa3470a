const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

export type Sender = {
  method: string;
  /** Of the header of that name; browsers send it with everything that is not a plain GET (Fetch §3.2). */
  origin: string | undefined;
  /** Of Sec-Fetch-Site. */
  fetchSite: string | undefined;
};

/**
 * Whether a request that carries a cookie may change something. Browsers attach cookies to what other sites'
 * pages send, and "Lax" does not tell one subdomain from another; so the request has to say that a page of ours
 * made it. Programs other than browsers use API keys, which nobody attaches for them.
 */
export function isFromOwnPage({ method, origin, fetchSite }: Sender, publicOrigin: string): boolean {
  if (SAFE.has(method)) return true;
  if (origin !== undefined) return origin === new URL(publicOrigin).origin;
  return fetchSite === 'same-origin';
}
