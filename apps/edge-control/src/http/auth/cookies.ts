import { TOKEN_LIFE } from '@meridian/protocol';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { AppContext } from '../context.ts';

const SESSION = 'meridian_session';
const SIGN_IN = 'meridian_sign_in';

/** Of a browser that is signed in. */
export const sessionCookie = {
  read: (c: AppContext) => read(c, SESSION),
  write: (c: AppContext, value: string) => write(c, SESSION, value, TOKEN_LIFE.session),
  clear: (c: AppContext) => clear(c, SESSION),
};

/** Of a browser that is away to sign in. */
export const signInCookie = {
  read: (c: AppContext) => read(c, SIGN_IN),
  write: (c: AppContext, value: string) => write(c, SIGN_IN, value, TOKEN_LIFE.signIn),
  clear: (c: AppContext) => clear(c, SIGN_IN),
};

/**
 * `__Host-` keeps other hosts of the domain from setting the cookie (RFC 6265bis §4.1.3.2), but wants https,
 * which a development machine does not have.
 */
function cookieName(c: AppContext, name: string): string {
  return isSecure(c) ? `__Host-${name}` : name;
}

function isSecure(c: AppContext): boolean {
  return c.env.PUBLIC_ORIGIN.startsWith('https:');
}

/** Lax, because the provider's page sends the browser back to us. */
function attributes(c: AppContext) {
  return { path: '/', httpOnly: true, sameSite: 'Lax', secure: isSecure(c) } as const;
}

function read(c: AppContext, name: string): string | undefined {
  return getCookie(c, cookieName(c, name));
}

function write(c: AppContext, name: string, value: string, maxAge: number): void {
  setCookie(c, cookieName(c, name), value, { ...attributes(c), maxAge });
}

function clear(c: AppContext, name: string): void {
  deleteCookie(c, cookieName(c, name), attributes(c));
}
