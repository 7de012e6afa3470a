import { Component, type ComponentType, type ReactNode, Suspense } from 'react';
import { LoadingPage } from './loading-page.tsx';
import { PageError } from './page-error.tsx';

/** A page whose code is fetched when it is first shown. */
export function LazyPage({ children }: { children: ReactNode }) {
  return (
    <ErrorBoundary fallback={PageError}>
      <Suspense fallback={<LoadingPage />}>{children}</Suspense>
    </ErrorBoundary>
  );
}

type BoundaryProps = { fallback: ComponentType; children: ReactNode };

/** What went wrong while showing a page ends that page, not the app. */
export class ErrorBoundary extends Component<BoundaryProps, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    const { fallback: Fallback, children } = this.props;
    return this.state.failed ? <Fallback /> : children;
  }
}
