import { useEffect } from 'react';
import { HomePage } from './home/home-page.tsx';
import { JoinPage } from './join-page.tsx';
import { useRoute } from './router.ts';
import { preloadSdk } from './sdk.ts';
import { NotFoundPage } from './ui/not-found-page.tsx';

export function App() {
  const route = useRoute();
  useEffect(preloadSdk, []);

  switch (route.page) {
    case 'home':
      return <HomePage />;
    case 'join':
      // Keyed, so that going from one meeting to another carries nothing over.
      return <JoinPage key={route.meeting} meetingRef={route.meeting} />;
    case 'unknown':
      return (
        <NotFoundPage
          title="This page does not exist"
          explanation="The address may have been mistyped, or the page may have moved."
        />
      );
  }
}
