import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { signInPage } from './page.ts';
import { DEMO_OPERATOR, DEMO_PEOPLE, People } from './people.ts';
import { oidcSecrets } from './secrets.ts';

describe('the development provider', () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'meridian-oidc-'));
  afterAll(() => rmSync(dataDir, { recursive: true }));

  it('keeps its secrets, for the owner alone', () => {
    const secrets = oidcSecrets(dataDir);
    expect(oidcSecrets(dataDir)).toEqual(secrets);
    expect(statSync(path.join(dataDir, 'oidc-secrets.json')).mode & 0o777).toBe(0o600);
    const key = createPrivateKey({ key: secrets.signingKey, format: 'jwk' });
    expect(key.asymmetricKeyDetails?.modulusLength).toBe(2048);
  });

  it('knows people by their address', () => {
    const people = new People();
    const subject = people.signIn({ name: 'Dora', email: 'dora@example.com' });
    expect(people.signIn({ name: 'Dora Maar', email: 'dora@example.com' })).toBe(subject);
    expect(people.find(subject)?.name).toBe('Dora Maar');
    expect(people.find('somebody')).toBeUndefined();
  });

  it('offers the demo people, says what it is, and shows nothing as markup', () => {
    const page = signInPage('/interaction/x', '<script>"');
    for (const { name, email } of DEMO_PEOPLE) {
      expect(page).toContain(name);
      expect(page).toContain(`value="${email}"`);
    }
    expect(DEMO_PEOPLE.map(({ email }) => email)).toContain(DEMO_OPERATOR);
    expect(page).toContain('no password');
    expect(page).not.toContain('<script>');
  });
});
