import type { LocalMediaSnapshot } from '../devices/local-media.ts';
import { mediaProblemText } from '../devices/media-problem.ts';
import { Notice } from '../ui/notice.tsx';
import styles from './device-problems.module.css';
import { permissionHelp } from './permission-help.ts';

const KINDS = ['camera', 'microphone'] as const;

/** What keeps a device from working, and what to do about it. */
export function DeviceProblems({ devices }: { devices: LocalMediaSnapshot }) {
  const blocked = KINDS.some((kind) => devices[kind].problem === 'denied');
  return (
    <>
      {KINDS.map((kind) => {
        const { problem } = devices[kind];
        return (
          problem && (
            <Notice key={kind} tone="warning" data-testid={`${kind}-problem`}>
              {mediaProblemText(kind, problem)} You can join without it.
            </Notice>
          )
        );
      })}
      {blocked && (
        <details className={styles.help} data-testid="permission-help">
          <summary>How to allow it in this browser</summary>
          <ol>
            {permissionHelp(navigator.userAgent).map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        </details>
      )}
    </>
  );
}
