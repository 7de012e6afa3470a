import { lazy, useEffect } from 'react';
import { HomePage } from './home/home-page.tsx';
import { JoinPage } from './join-page.tsx';
import { useRoute } from './router.ts';
import { preloadSdk } from './sdk.ts';
import { ErrorBoundary, LazyPage } from './ui/lazy-page.tsx';
import { NotFoundPage } from './ui/not-found-page.tsx';
import { PageError } from './ui/page-error.tsx';

const MeetingsPage = lazy(() => import('./meetings/meetings-page.tsx'));
const SchedulePage = lazy(() => import('./schedule/schedule-page.tsx'));
const EditPage = lazy(() => import('./schedule/edit-page.tsx'));
const ApiKeysPage = lazy(() => import('./api-keys/api-keys-page.tsx'));
const SignInPage = lazy(() => import('./account/sign-in-page.tsx'));

export function App() {
  const route = useRoute();
  useEffect(preloadSdk, []);

  switch (route.page) {
    case 'home':
      return <HomePage />;
    case 'join':
      return (
        <ErrorBoundary fallback={PageError}>
          {/* Keyed, so that going from one meeting to another carries nothing over. */}
          <JoinPage key={route.meeting} meetingRef={route.meeting} />
        </ErrorBoundary>
      );
    case 'meetings':
      return (
        <LazyPage key="meetings">
          <MeetingsPage />
        </LazyPage>
      );
    case 'schedule':
      return (
        <LazyPage key="schedule">
          <SchedulePage />
        </LazyPage>
      );
    case 'edit':
      return (
        <LazyPage key={route.meeting}>
          <EditPage meetingRef={route.meeting} />
        </LazyPage>
      );
    case 'api-keys':
      return (
        <LazyPage key="api-keys">
          <ApiKeysPage />
        </LazyPage>
      );
    case 'sign-in':
      return (
        <LazyPage key="sign-in">
          <SignInPage />
        </LazyPage>
      );
    case 'unknown':
      return (
        <NotFoundPage
          title="This page does not exist"
          explanation="The address may have been mistyped, or the page may have moved."
        />
      );
  }
}
