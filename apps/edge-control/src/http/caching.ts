/** For answers in which there are tokens or secrets, or that are not another caller's, or not tomorrow's. */
export const NO_STORE = { 'cache-control': 'no-store' };
