import { CircleCheck, LogIn } from 'lucide-react';
import { paths } from '../router.ts';
import { LinkButton, PlainLinkButton } from '../ui/button.tsx';
import { CenteredPage } from '../ui/centered-page.tsx';
import { Notice } from '../ui/notice.tsx';
import { signInLink, useSession } from './session.ts';
import { safeReturnTo, signInProblem } from './sign-in-params.ts';

/** Before the sign-in provider, and after it when that went wrong. */
export default function SignInPage() {
  const session = useSession();
  const params = new URLSearchParams(window.location.search);
  const returnTo = safeReturnTo(params.get('return_to'));
  const problem = signInProblem(params.get('error'));

  if (session.state === 'user') {
    return (
      <CenteredPage
        icon={<CircleCheck size={32} aria-hidden="true" />}
        title={`Hello, ${session.user.name}`}
        actions={
          <LinkButton look="primary" href={returnTo}>
            Continue
          </LinkButton>
        }
      >
        <p>You are signed in.</p>
      </CenteredPage>
    );
  }
  const unavailable = session.state === 'guest' && !session.signInAvailable;
  return (
    <CenteredPage
      icon={<LogIn size={32} aria-hidden="true" />}
      title="Sign in to Meridian"
      actions={
        <>
          {!unavailable && (
            <PlainLinkButton look="primary" size="large" href={signInLink(returnTo)} data-testid="sign-in-go">
              Continue to sign in
            </PlainLinkButton>
          )}
          <LinkButton size="large" look="quiet" href={paths.home}>
            Go on as a guest
          </LinkButton>
        </>
      }
    >
      {problem !== null && (
        <Notice tone="danger" data-testid="error">
          {problem}
        </Notice>
      )}
      <p>
        {unavailable
          ? 'Signing in is not possible at the moment. Meetings work without an account.'
          : 'With an account, the meetings you schedule are kept in one place, and you are their host on any device.'}
      </p>
    </CenteredPage>
  );
}
