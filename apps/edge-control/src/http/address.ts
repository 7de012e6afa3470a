import type { AppContext } from './context.ts';

/**
 * Who to count against a rate limit. Somebody with an IPv6 address has at least 2⁶⁴ of them, so the prefix
 * counts.
 */
export function addressKey(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? [] : tail.split(':');
    while (groups.length + after.length < 8) groups.push('0');
    groups.push(...after);
  }
  const prefix = groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''));
  return `${prefix.join(':')}::/64`;
}

export function callerAddress(c: AppContext): string {
  return addressKey(c.req.header('cf-connecting-ip') ?? 'unknown');
}
