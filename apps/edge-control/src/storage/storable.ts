/**
 * Text as Postgres can keep it: it has no NUL, and takes only well-formed Unicode. Both can come out of JSON,
 * and one such character would hold up everything written together with it.
 */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}
