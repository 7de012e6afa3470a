/** Runs `work` while no other process holds `file`. `onWait` is called if another one has it. */
export declare function withLock<T>(file: string, work: () => Promise<T>, onWait?: () => void): Promise<T>;
