import { Compass } from 'lucide-react';
import { navigate } from '../router.ts';
import { Button } from './button.tsx';
import { CenteredPage } from './centered-page.tsx';

type Props = { title: string; explanation: string };

export function NotFoundPage({ title, explanation }: Props) {
  return (
    <CenteredPage
      icon={<Compass size={32} aria-hidden="true" />}
      title={title}
      actions={
        <Button look="primary" onClick={() => navigate('/')}>
          Back to the start
        </Button>
      }
    >
      <p data-testid="error">{explanation}</p>
    </CenteredPage>
  );
}
