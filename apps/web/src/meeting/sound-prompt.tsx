import { Volume2 } from 'lucide-react';
import { Button } from '../ui/button.tsx';
import styles from './sound-prompt.module.css';

/** The browser plays nothing before the page has been clicked; this is what to click. */
export function SoundPrompt({ onEnable }: { onEnable: () => void }) {
  return (
    <div className={styles.prompt} role="alert">
      <p>Your browser keeps the sound off until you click.</p>
      <Button look="primary" onClick={onEnable} data-testid="enable-sound">
        <Volume2 size={20} aria-hidden="true" />
        Click to hear
      </Button>
    </div>
  );
}
