/** Where to go after signing in: a path of this site, whatever stands in the address. */
export function safeReturnTo(given: string | null): string {
  return given !== null && /^\/(?![/\\])[^\p{Cc}\\]*$/u.test(given) ? given : '/';
}

/** What went wrong at the provider, in words. The codes are those the API redirects with. */
export function signInProblem(code: string | null): string | null {
  switch (code) {
    case null:
      return null;
    case 'forbidden':
      return 'You were not let in. Choose an account, and agree to share your name.';
    case 'token_expired':
    case 'unauthorized':
      return 'That took too long, or came from another window. Please sign in again.';
    case 'timeout':
    case 'overloaded':
    case 'unsupported':
      return 'The sign-in provider does not answer. Please try again in a moment.';
    default:
      return 'Signing in did not work. Please try again.';
  }
}
