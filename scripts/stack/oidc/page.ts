import { DEMO_OPERATOR, DEMO_PEOPLE, type Person } from './people.ts';

/** The provider's own page, quite unlike those of Meridian: it is another site. */
export function signInPage(action: string, problem?: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in · Development accounts</title>
<style>${STYLE}</style>
<main>
  <header>
    <svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="8" cy="12" r="4"/><path d="M12 12h9v4m-4-4v3"/></svg>
    <h1>Development accounts</h1>
    <p>to continue to <strong>Meridian</strong></p>
  </header>
  <form method="post" action="${escaped(action)}">
    <h2>Choose an account</h2>
    <ul>${DEMO_PEOPLE.map(choice).join('')}</ul>
  </form>
  <form method="post" action="${escaped(action)}">
    <h2>Or be somebody else</h2>
    ${problem === undefined ? '' : `<p class="problem" role="alert">${escaped(problem)}</p>`}
    <label>Name <input name="name" autocomplete="name" required maxlength="100"></label>
    <label>E-mail <input name="email" type="email" autocomplete="email" required maxlength="254"></label>
    <button class="go">Continue</button>
  </form>
  <footer>
    This provider is for development: it asks for no password and believes everybody. It is a real OpenID
    provider otherwise, and listens on this machine only.
  </footer>
</main>
</html>`;
}

function choice({ name, email }: Person): string {
  const note = email === DEMO_OPERATOR ? ' · operator' : '';
  return `<li><button class="account" name="account" value="${escaped(email)}">
    <span class="initial" aria-hidden="true">${escaped(name.charAt(0))}</span>
    <span><b>${escaped(name)}</b><small>${escaped(email)}${note}</small></span>
  </button></li>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1d2433; --soft: #5d6880; --line: #d9dee8; --paper: #fff;
  --ground: #f1f3f8; --accent: #4338ca; --accent-ink: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebf2; --soft: #a2acc0; --line: #333c4e;
  --paper: #1a202c; --ground: #11151d; --accent: #a5b4fc; --accent-ink: #161a2b; } }
* { box-sizing: border-box; margin: 0; }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); min-height: 100vh;
  display: grid; place-items: center; padding: 1rem; }
main { background: var(--paper); border: 1px solid var(--line); border-radius: 14px; width: 100%;
  max-width: 25rem; padding: 2rem; display: grid; gap: 1.5rem; }
header { text-align: center; }
header svg { width: 2.25rem; fill: none; stroke: var(--accent); stroke-width: 1.75; stroke-linecap: round; }
h1 { font-size: 1.25rem; font-weight: 650; }
header p, footer, small { color: var(--soft); }
h2 { font-size: .8125rem; font-weight: 600; color: var(--soft); margin-bottom: .5rem; }
ul { list-style: none; padding: 0; display: grid; gap: .5rem; }
button, input { font: inherit; color: inherit; border-radius: 9px; border: 1px solid var(--line); width: 100%; }
.account { display: flex; align-items: center; gap: .75rem; text-align: left; background: none;
  padding: .6rem .75rem; cursor: pointer; }
.account:hover { border-color: var(--accent); }
.account b, .account small { display: block; line-height: 1.35; }
.account b { font-weight: 550; }
.initial { flex: none; width: 2.25rem; height: 2.25rem; border-radius: 50%; display: grid;
  place-items: center; background: var(--accent); color: var(--accent-ink); font-weight: 600; }
label { display: block; font-size: .875rem; margin-bottom: .75rem; }
input { background: none; padding: .5rem .75rem; margin-top: .2rem; }
.go { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); padding: .55rem;
  font-weight: 600; cursor: pointer; }
:is(button, input):focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.problem { color: #b42318; font-size: .875rem; margin-bottom: .5rem; }
@media (prefers-color-scheme: dark) { .problem { color: #fda29b; } }
footer { font-size: .8125rem; border-top: 1px solid var(--line); padding-top: 1rem; }
`;
