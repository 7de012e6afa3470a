import { expect, test } from 'vitest';
import { permissionHelp } from './permission-help.ts';

const CHROME =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36';
const SAFARI =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile/15E148 Safari/604.1';
const ANDROID =
  'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

test.each([
  [CHROME, 'icon left of the address'],
  [`${CHROME} Edg/150.0.0.0`, 'icon left of the address'],
  [SAFARI, 'Safari’s menu'],
  [IPHONE, 'page menu'],
  [ANDROID, 'Tap the icon'],
  [FIREFOX, 'crossed-out'],
  ['something else', 'settings of your browser'],
])('%s', (userAgent, expected) => {
  expect(permissionHelp(userAgent)[0]).toContain(expected);
});
