import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';

/** Servers that refuse to run as root, or should not, run as somebody else, who must be able to reach their files. */
export type User = { readonly uid: number; readonly gid: number };

/** For what that somebody cannot reach where it is. /var/tmp survives a reboot, /tmp may not. */
const SHARED_DIRECTORY = '/var/tmp';
const CANDIDATES = ['postgres', 'nobody'];

/** Undefined when we are not root and can stay who we are. Data that exists decides: only its owner can open it. */
export function unprivilegedUser(data: string): User | undefined {
  const owner = existsSync(data) ? statSync(data) : undefined;
  if (process.getuid?.() !== 0) {
    if (owner && owner.uid !== process.getuid?.()) throw new Error(`${data} belongs to another user`);
    return undefined;
  }
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  return accountOf(CANDIDATES);
}

/** The first of these accounts that exists. Undefined when we are not root and can only be who we are. */
export function accountOf(candidates: readonly string[]): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const candidate of candidates) {
    const [, , uid, gid] = accounts.find(([name]) => name === candidate) ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(`there is no user to run as who is not root (looked for ${candidates.join(', ')})`);
}

/** Whether every directory above lets `user` through: below a home of mode 0700, say, they do not. */
export function canReach(user: User, place: string): boolean {
  const parent = path.dirname(place);
  if (parent === place) return true;
  return canReach(user, parent) && (!existsSync(parent) || maySearch(user, parent));
}

function maySearch(user: User, directory: string): boolean {
  const { mode, uid, gid } = statSync(directory);
  if (uid === user.uid) return (mode & 0o100) !== 0;
  if (gid === user.gid) return (mode & 0o010) !== 0;
  return (mode & 0o001) !== 0;
}

/** `place`, or where its stand-in is for a user that cannot reach it. */
export function reachablePlace(user: User | undefined, place: string): string {
  if (user === undefined || canReach(user, place)) return place;
  const name = createHash('sha256').update(place).digest('hex').slice(0, 12);
  return path.join(SHARED_DIRECTORY, `meridian-${name}`, path.basename(place));
}

/** A copy of read-only files at a place the user can reach; made once. */
export function reachableCopy(user: User | undefined, source: string, version: string): string {
  if (user === undefined || canReach(user, source)) return source;
  const copy = reachablePlace(user, path.join(source, version));
  if (existsSync(copy)) return copy;
  // Under its final name only when it is whole: two stacks may start at once.
  const unfinished = `${copy}.${process.pid}`;
  mkdirSync(path.dirname(copy), { recursive: true, mode: 0o755 });
  cpSync(source, unfinished, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(unfinished, copy);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
  return copy;
}
