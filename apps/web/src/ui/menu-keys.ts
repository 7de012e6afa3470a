/** Which item of a menu a key goes to; null for keys that are none of the menu's. `current` is −1 for none. */
export function nextItem(key: string, current: number, texts: readonly string[]): number | null {
  const count = texts.length;
  if (count === 0) return null;
  switch (key) {
    case 'ArrowDown':
      return (current + 1) % count;
    case 'ArrowUp':
      return current <= 0 ? count - 1 : current - 1;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
  }
  if (key.length !== 1 || key === ' ') return null;
  const letter = key.toLocaleLowerCase();
  for (let step = 1; step <= count; step++) {
    const index = (current + step) % count;
    if (texts[index]?.toLocaleLowerCase().startsWith(letter)) return index;
  }
  return null;
}
