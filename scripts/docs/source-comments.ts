/** What the comments of a protocol file say of its exports and of their fields. */
export type SourceComments = {
  declares(name: string): boolean;
  of(name: string): string;
  ofField(name: string, field: string): string;
};

const EXPORT = /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?export const (\w+) = /g;
const FIELD = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*\n\s*(\w+):/g;

/** Reads doc comments out of TypeScript source: of `export const`, and of the fields inside it. */
export function sourceComments(source: string): SourceComments {
  const declarations = [...source.matchAll(EXPORT)].map((match) => ({
    name: match[2] ?? '',
    comment: plain(match[1]),
    start: match.index + match[0].length,
  }));
  const comments = new Map<string, string>();
  const fields = new Map<string, string>();
  for (const [index, { name, comment, start }] of declarations.entries()) {
    comments.set(name, comment);
    const body = source.slice(start, declarations[index + 1]?.start);
    for (const match of body.slice(0, endOf(body)).matchAll(FIELD)) {
      fields.set(`${name}.${match[2]}`, plain(match[1]));
    }
  }
  return {
    declares: (name) => comments.has(name),
    of: (name) => comments.get(name) ?? '',
    ofField: (name, field) => fields.get(`${name}.${field}`) ?? '',
  };
}

/** A declaration ends where a line begins with its closing bracket, or with its line. */
function endOf(body: string): number {
  const line = body.indexOf('\n');
  const first = line === -1 ? body : body.slice(0, line);
  if (first.trimEnd().endsWith(';')) return first.length;
  const close = /\n[}\])][^\n]*;/.exec(body);
  return close ? close.index : body.length;
}

function plain(comment: string | undefined): string {
  return (comment ?? '')
    .split('\n')
    .map((line) => line.replace(/^\s*\*?\s?/, '').trim())
    .filter((line) => line !== '')
    .join(' ')
    .trim();
}
