/** For answers in which there are tokens or secrets, or that are not another caller's, or not tomorrow's. */
export const NO_STORE = { 'cache-control': 'no-store' };

/** For what is the caller's alone, and may be a minute old. */
export const FOR_A_MINUTE = { 'cache-control': 'private, max-age=60' };
