export type TextPart = { text: string; href?: string };

const CANDIDATE = /(?:https?:\/\/|www\.)[^\s<>"'`{}|\\^]+/giu;

/**
 * Splits a message into text and links. Only what opens a web page becomes one: no other scheme ever does.
 * The parts joined are the message again.
 */
export function linkify(message: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of message.matchAll(CANDIDATE)) {
    const text = trimPunctuation(match[0]);
    const href = toHref(text);
    if (href === null || !beginsWord(message, match.index)) continue;
    if (match.index > end) parts.push({ text: message.slice(end, match.index) });
    parts.push({ text, href });
    end = match.index + text.length;
  }
  if (end < message.length) parts.push({ text: message.slice(end) });
  return parts;
}

function beginsWord(message: string, index: number): boolean {
  return index === 0 || !/[\p{L}\p{N}@]/u.test(message.charAt(index - 1));
}

/** Punctuation after a link belongs to the sentence; a closing bracket, only if the link opened none. */
function trimPunctuation(candidate: string): string {
  let text = candidate;
  for (;;) {
    const last = text.at(-1);
    if (last === undefined) return text;
    const isEnd = '.,;:!?…*_'.includes(last) || (last === ')' && !balanced(text)) || last === ']';
    if (!isEnd) return text;
    text = text.slice(0, -1);
  }
}

function balanced(text: string): boolean {
  return text.split('(').length >= text.split(')').length;
}

function toHref(text: string): string | null {
  const url = URL.parse(/^www\./i.test(text) ? `https://${text}` : text);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) return null;
  // `https://bank.example@evil.example` is meant to be misread.
  if (url.username !== '' || url.password !== '') return null;
  return url.hostname.includes('.') || url.hostname === 'localhost' ? url.href : null;
}
