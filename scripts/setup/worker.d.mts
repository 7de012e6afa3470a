/** Where the mediasoup-worker of the installed mediasoup version is, whether it has been made yet or not. */
export declare function mediasoupWorkerPath(): string;
