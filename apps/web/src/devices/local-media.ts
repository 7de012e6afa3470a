import { type CaptureSettings, canCapture, captureDevices, isPermitted } from './capture.ts';
import { type DeviceKind, type MediaProblem, mediaProblem } from './media-problem.ts';

export type DeviceState = {
  track: MediaStreamTrack | null;
  starting: boolean;
  problem: MediaProblem | null;
};

export type LocalMediaSnapshot = Readonly<Record<DeviceKind, DeviceState>>;

const IDLE: DeviceState = { track: null, starting: false, problem: null };

/**
 * The microphone and the camera of this page: starts and releases them, and knows why one is not there. It
 * outlives the pages that show them, so that going from the device check into the meeting restarts nothing.
 */
export class LocalMedia {
  #snapshot: LocalMediaSnapshot = { microphone: IDLE, camera: IDLE };
  /** Rises with every start and release, so that a device that starts too late is known and released. */
  readonly #turns: Record<DeviceKind, number> = { microphone: 0, camera: 0 };
  readonly #listeners = new Set<() => void>();
  #settings: CaptureSettings;

  constructor(settings: CaptureSettings) {
    this.#settings = settings;
  }

  get snapshot(): LocalMediaSnapshot {
    return this.#snapshot;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Starts what is not running. Resolves when each has a track or a problem; never rejects. */
  async start(...kinds: DeviceKind[]): Promise<void> {
    const wanted = kinds.filter((kind) => !this.#snapshot[kind].track && !this.#snapshot[kind].starting);
    if (wanted.length > 0) await this.#capture(wanted);
  }

  /** Resolves when no device is starting any more, or after the time allowed for it. */
  settled(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (this.#snapshot.microphone.starting || this.#snapshot.camera.starting) return;
        done();
      };
      const done = () => {
        clearTimeout(timer);
        unsubscribe();
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      const unsubscribe = this.subscribe(check);
      check();
    });
  }

  release(...kinds: DeviceKind[]): void {
    for (const kind of kinds) {
      this.#turns[kind]++;
      this.#snapshot[kind].track?.stop();
      this.#set(kind, IDLE);
    }
  }

  /** Takes new settings into use; restarts the running devices that they concern. */
  async configure(settings: CaptureSettings): Promise<void> {
    const before = this.#settings;
    this.#settings = settings;
    const changed: Record<DeviceKind, boolean> = {
      camera: before.camera !== settings.camera,
      // Browsers differ in whether a running track takes the change; a new one always has it.
      microphone:
        before.microphone !== settings.microphone || before.noiseSuppression !== settings.noiseSuppression,
    };
    const restart = kindsWhere((kind) => changed[kind] && isWanted(this.#snapshot[kind]));
    if (restart.length === 0) return;
    this.release(...restart);
    await this.#capture(restart);
  }

  async #capture(kinds: readonly DeviceKind[]): Promise<void> {
    const turns = { ...this.#turns };
    for (const kind of kinds) {
      turns[kind] = ++this.#turns[kind];
      this.#set(kind, { track: null, starting: true, problem: null });
    }
    const isCurrent = (kind: DeviceKind) => this.#turns[kind] === turns[kind];

    if (!canCapture()) {
      for (const kind of kinds) this.#fail(kind, 'unsupported');
      return;
    }
    try {
      const tracks = await captureDevices(kinds, this.#settings);
      for (const kind of kinds) {
        const track = tracks[kind];
        if (!isCurrent(kind)) track?.stop();
        else if (track) this.#run(kind, track);
        else this.#fail(kind, 'missing');
      }
    } catch (error) {
      const problem = mediaProblem(error);
      const current = kinds.filter(isCurrent);
      if (current.length < 2) {
        for (const kind of current) this.#fail(kind, problem);
        return;
      }
      // One call fails for both when only one cannot start. Each is tried alone, but nobody is asked twice.
      await Promise.all(
        current.map(async (kind) => {
          if (problem === 'denied' && !(await isPermitted(kind))) this.#fail(kind, problem);
          else if (isCurrent(kind)) await this.#capture([kind]);
        }),
      );
    }
  }

  #run(kind: DeviceKind, track: MediaStreamTrack): void {
    // Raised when the device goes away, not when the track is stopped here.
    track.addEventListener('ended', () => {
      if (this.#snapshot[kind].track === track) this.#fail(kind, 'lost');
    });
    this.#set(kind, { track, starting: false, problem: null });
  }

  #fail(kind: DeviceKind, problem: MediaProblem): void {
    this.#set(kind, { track: null, starting: false, problem });
  }

  #set(kind: DeviceKind, state: DeviceState): void {
    this.#snapshot = { ...this.#snapshot, [kind]: state };
    for (const listener of this.#listeners) listener();
  }
}

function isWanted(state: DeviceState): boolean {
  return state.track !== null || state.starting || state.problem !== null;
}

function kindsWhere(holds: (kind: DeviceKind) => boolean): DeviceKind[] {
  return (['microphone', 'camera'] as const).filter(holds);
}
