// The OpenID provider of a development stack, as a process of its own: other machines' providers are, too.
import type { IncomingMessage } from 'node:http';
import Provider, { type Configuration, interactionPolicy } from 'oidc-provider';
import { z } from 'zod';
import { signInPage } from './page.ts';
import { DEMO_PEOPLE, People, Person } from './people.ts';
import { oidcSecrets } from './secrets.ts';

const Settings = z.object({
  PORT: z.coerce.number().int(),
  DATA_DIR: z.string(),
  CLIENT_ID: z.string(),
  REDIRECT_URI: z.url(),
});

/** A name and an address; more is no form of ours. Bytes. */
const MAX_FORM = 4_096;
const INTERACTION = /^\/interaction\/[\w-]+$/;

const settings = Settings.parse(process.env);
const secrets = oidcSecrets(settings.DATA_DIR);
const people = new People();
const provider = new Provider(`http://127.0.0.1:${settings.PORT}`, configuration());

provider.use(async (ctx, next) => {
  if (!INTERACTION.test(ctx.path)) return next();
  ctx.set('cache-control', 'no-store');
  ctx.set('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
  if (ctx.method !== 'POST') {
    // Throws when there is no such interaction, which the provider answers.
    await provider.interactionDetails(ctx.req, ctx.res);
    ctx.body = signInPage(ctx.path);
    return;
  }
  const person = personIn(await formOf(ctx.req));
  if (!person) {
    ctx.status = 422;
    ctx.body = signInPage(ctx.path, 'Please give a name and an e-mail address.');
    return;
  }
  ctx.respond = false;
  await provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: people.signIn(person) } });
});

provider.on('server_error', (_ctx, error) => console.error(error));
const server = provider.listen(settings.PORT, '127.0.0.1');
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});

function configuration(): Configuration {
  return {
    clients: [
      {
        client_id: settings.CLIENT_ID,
        client_secret: secrets.clientSecret,
        redirect_uris: [settings.REDIRECT_URI],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    jwks: { keys: [secrets.signingKey] },
    cookies: { keys: [secrets.cookieKey] },
    pkce: { required: () => true },
    scopes: ['openid', 'profile', 'email'],
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
    features: { devInteractions: { enabled: false } },
    interactions: { policy: askAlways(), url: (_ctx, { uid }) => `/interaction/${uid}` },
    // Seconds. A person looks for a moment; the rest goes by itself.
    ttl: {
      Interaction: 3_600,
      AuthorizationCode: 60,
      AccessToken: 600,
      IdToken: 600,
      Session: 3_600,
      Grant: 3_600,
    },
    findAccount: (_ctx, subject) => {
      const person = people.find(subject);
      if (!person) return undefined;
      return {
        accountId: subject,
        claims: () => Promise.resolve({ sub: subject, ...person, email_verified: true }),
      };
    },
    // Meridian is the only client, and no stranger: nobody is asked for consent.
    loadExistingGrant: async (ctx) => {
      const { client, session } = ctx.oidc;
      if (!client || !session?.accountId) return undefined;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid profile email');
      await grant.save();
      return grant;
    },
  };
}

/** Each time, so that who signs out can sign in as somebody else. */
function askAlways(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  policy.remove('consent');
  policy
    .get('login')
    ?.checks.add(
      new interactionPolicy.Check('choose', 'whoever signs in chooses who to be', (ctx) =>
        ctx.oidc.result?.login
          ? interactionPolicy.Check.NO_NEED_TO_PROMPT
          : interactionPolicy.Check.REQUEST_PROMPT,
      ),
    );
  return policy;
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > MAX_FORM) throw new Error('the form is too large');
  }
  return new URLSearchParams(text);
}

function personIn(form: URLSearchParams): Person | undefined {
  const account = form.get('account');
  if (account !== null) return DEMO_PEOPLE.find(({ email }) => email === account);
  return Person.safeParse(Object.fromEntries(form)).data;
}
