const SEGMENTER = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** One or two characters that stand for a name: the first of its first and last word. */
export function initials(name: string): string {
  const words = name
    .split(/[\s,.;:/|()[\]{}_-]+/u)
    .map(firstCharacter)
    .filter((character) => character !== '');
  const [first = ''] = words;
  const last = words.length > 1 ? (words.at(-1) ?? '') : '';
  return (first + last).toLocaleUpperCase();
}

/** A whole character as people see it: not half an emoji, not a letter without its accent. */
function firstCharacter(word: string): string {
  for (const { segment } of SEGMENTER.segment(word)) return segment;
  return '';
}
