/** The protocol version this build speaks. Bumped when a message changes incompatibly. */
export const PROTOCOL_VERSION = 1;

/** Versions a server accepts: the current one and, once there is one, the one before (N−1). */
export const SUPPORTED_VERSIONS: readonly number[] = [1];
