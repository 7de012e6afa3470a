import { LogIn } from 'lucide-react';
import type { ReactNode } from 'react';
import { PlainLinkButton } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { SkeletonRows } from '../ui/skeleton.tsx';
import { signInLink, useSession } from './session.ts';

/** What is for people with an account; others are shown the way to sign in, and back here. */
export function RequireSignIn({ reason, children }: { reason: string; children: ReactNode }) {
  const session = useSession();
  switch (session.state) {
    case 'loading':
      return <SkeletonRows rows={3} label="Loading" />;
    case 'user':
      return children;
    case 'guest':
      return session.signInAvailable ? (
        <EmptyState
          icon={LogIn}
          title="You are not signed in"
          action={
            <PlainLinkButton look="primary" href={signInLink(window.location.pathname)}>
              Sign in
            </PlainLinkButton>
          }
        >
          {reason}
        </EmptyState>
      ) : (
        <EmptyState icon={LogIn} title="Signing in is not possible here">
          No sign-in provider is set up, or the service cannot be reached. Meetings work without an account.
        </EmptyState>
      );
  }
}
