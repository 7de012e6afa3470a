import { CloudAlert } from 'lucide-react';
import { Button } from './button.tsx';
import { CenteredPage } from './centered-page.tsx';

/** When a page could not be loaded or broke: a newer version may be out, or the network gone. */
export function PageError() {
  return (
    <CenteredPage
      icon={<CloudAlert size={32} aria-hidden="true" />}
      title="This page did not load"
      actions={
        <Button look="primary" onClick={() => window.location.reload()}>
          Reload
        </Button>
      }
    >
      <p data-testid="error">
        Please check your connection. If Meridian was just updated, reloading helps too.
      </p>
    </CenteredPage>
  );
}
