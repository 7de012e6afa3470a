import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as protocol from '@meridian/protocol';
import { z } from 'zod';
import { describeType, type JsonSchema, jsonSchema, type TypeNames } from './describe-type.ts';
import { type SourceComments, sourceComments } from './source-comments.ts';
import { WIRES, type Wire } from './wires.ts';

const SOURCE = path.resolve(import.meta.dirname, '../../packages/protocol/src');
export const PAGES = path.resolve(import.meta.dirname, '../../docs/protocol');

/** A namespace's own order depends on who loaded it. */
const EXPORTS = Object.entries(protocol).sort(([a], [b]) => (a < b ? -1 : 1));

const NOTICE = '<!-- Written by `node scripts/docs.ts` from packages/protocol. -->';

/** Files whose exported schemas get a name and a place in types.md. */
const TYPE_FILES = ['meeting', 'media', 'endpoint', 'ids', 'rtp', 'cell-link', 'account'] as const;

/** Every page of the protocol's reference: file name → Markdown. */
export function protocolPages(): Map<string, string> {
  const names: TypeNames = z.registry();
  const types = TYPE_FILES.flatMap((file) => {
    const comments = commentsOf(file);
    return EXPORTS.flatMap(([name, value]) =>
      value instanceof z.ZodType && comments.declares(name) && !isMessage(value)
        ? [{ name, value, comments }]
        : [],
    );
  });
  for (const { name, value } of types) names.add(value, { id: name });

  const pages = new Map<string, string>();
  for (const wire of WIRES) pages.set(`${wire.file}.md`, wirePage(wire, names));
  pages.set(
    'types.md',
    page(
      'Types',
      'Shared by all wires. Times are Unix milliseconds on sockets and ISO 8601 over REST.',
      types.map(({ name, value, comments }) =>
        section(name, comments.of(name), unnamed(value, names), (field) => comments.ofField(name, field)),
      ),
    ),
  );
  pages.set('tokens.md', tokensPage(names));
  pages.set('errors.md', errorsPage());
  return pages;
}

function wirePage(wire: Wire, names: TypeNames): string {
  const comments = commentsOf(wire.file);
  const sections = wire.directions.flatMap(({ title, messages }) => [
    `## ${title}`,
    ...messages.map((message) => {
      const name = exportedAs(wire.exports, message);
      const schema = jsonSchema(message, names);
      const type = String(schema.properties?.type?.const);
      return section(
        `\`${type}\``,
        comments.of(name),
        withoutEnvelope(schema),
        (field) => comments.ofField(name, field),
        '###',
      );
    }),
  ]);
  return page(wire.title, wire.intro, sections);
}

function tokensPage(names: TypeNames): string {
  const comments = commentsOf('tokens');
  const sections = EXPORTS.filter(([name]) => name.endsWith('Claims') && comments.declares(name)).flatMap(
    ([name, value]) =>
      value instanceof z.ZodType
        ? [section(name, comments.of(name), unnamed(value, names), (field) => comments.ofField(name, field))]
        : [],
  );
  return page(
    'Tokens',
    'JSON Web Tokens (RFC 7519), signed ES256 unless said otherwise. Keys: `/.well-known/jwks.json`.',
    sections,
  );
}

function errorsPage(): string {
  const codes = protocol.ErrorCode.options.map((code) => `| \`${code}\` | ${protocol.HTTP_STATUS[code]} |`);
  const comments = commentsOf('close-codes');
  const closes = Object.entries(protocol.CLOSE).map(
    ([name, code]) =>
      `| ${code} | ${name} | ${protocol.isFinalClose(code) ? 'no' : 'yes'} | ${comments.ofField('CLOSE', name)} |`,
  );
  return page(
    'Errors and close codes',
    'REST answers with problem+json (RFC 9457) that carries `code`; sockets with `error {code, message, ref?, retry_after_ms?}`.',
    [
      ['## Error codes', '', '| code | HTTP status |', '| --- | --- |', ...codes].join('\n'),
      [
        '## Close codes',
        '',
        '| code | name | try again? | when |',
        '| --- | --- | --- | --- |',
        ...closes,
      ].join('\n'),
    ],
  );
}

function section(
  title: string,
  comment: string,
  schema: JsonSchema,
  fieldComment: (field: string) => string,
  level = '##',
): string {
  const fields = Object.entries(schema.properties ?? {});
  const lines = [`${level} ${title}`];
  if (comment) lines.push('', comment);
  if (fields.length === 0) {
    if (schema.type !== 'object') lines.push('', describeType(schema));
    return lines.join('\n');
  }
  lines.push('', '| field | type | |', '| --- | --- | --- |');
  for (const [name, type] of fields) {
    const optional = schema.required?.includes(name) ? '' : '?';
    const otherwise = type.default === undefined ? '' : `default \`${JSON.stringify(type.default)}\``;
    const meaning = [fieldComment(name).replaceAll('|', '\\|'), otherwise]
      .filter((part) => part !== '')
      .join('; ');
    lines.push(`| \`${name}${optional}\` | ${describeType(type)} | ${meaning} |`);
  }
  return lines.join('\n');
}

function page(title: string, intro: string, sections: readonly string[]): string {
  return `${[NOTICE, `# ${title}`, intro, ...sections].join('\n\n')}\n`;
}

/** A named type itself, not a link to it. */
function unnamed(schema: z.ZodType, names: TypeNames): JsonSchema {
  const id = names.get(schema);
  names.remove(schema);
  const described = jsonSchema(schema, names);
  if (id) names.add(schema, id);
  return described;
}

function withoutEnvelope(schema: JsonSchema): JsonSchema {
  const { v: _, type: __, ref: ___, ...properties } = schema.properties ?? {};
  return { ...schema, properties };
}

function isMessage(schema: z.ZodType): boolean {
  if (schema instanceof z.ZodObject) return 'v' in schema.shape;
  return (
    schema instanceof z.ZodDiscriminatedUnion &&
    schema.options.some((option) => option instanceof z.ZodType && isMessage(option))
  );
}

function exportedAs(exports: Readonly<Record<string, unknown>>, schema: z.ZodType): string {
  const found = Object.entries({ ...protocol, ...exports }).find(([, value]) => value === schema);
  if (!found) throw new Error('a message that the protocol package does not export');
  return found[0];
}

function commentsOf(file: string): SourceComments {
  return sourceComments(readFileSync(path.join(SOURCE, `${file}.ts`), 'utf8'));
}
