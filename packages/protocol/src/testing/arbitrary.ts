import fc from 'fast-check';
import { z } from 'zod';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Values that a schema accepts, of every shape it has. For schemas of wire messages: what JSON can carry. */
export function arbitraryOf(schema: z.ZodType): fc.Arbitrary<unknown> {
  const json = fromJsonSchema(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  // What JSON Schema cannot say (trimming, refinements) zod has the last word on.
  return json.filter((value) => schema.safeParse(value).success);
}

/** A valid value with one wrong place: a field that is gone, of another type, too large, or out of bounds. */
export function almost(valid: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.tuple(valid, fc.nat(), hostileValue()).map(([value, place, hostile]) => {
    const paths = pathsOf(value, []);
    const path = paths[place % paths.length] ?? [];
    return replaceAt(value, path, hostile);
  });
}

const GONE = Symbol('gone');

function hostileValue(): fc.Arbitrary<unknown> {
  return fc.oneof(
    fc.constantFrom<unknown>(GONE, null, '', 0, -1, 0.5, 2 ** 53, 1e308, true, [], {}),
    fc.constantFrom('__proto__', 'constructor', '\u0000', '\ud800', '../../etc/passwd', '{"v":1}'),
    fc.integer({ min: 1_000, max: 20_000 }).map((length) => 'x'.repeat(length)),
    fc.integer({ min: 100, max: 2_000 }).map((length) => Array.from({ length }, () => 0)),
    fc.integer({ min: 10, max: 500 }).map(nested),
    fc.jsonValue(),
  );
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i += 1) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function pathsOf(value: unknown, path: string[]): string[][] {
  if (!isContainer(value)) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

function replaceAt(value: unknown, [key, ...rest]: string[], by: unknown): unknown {
  if (key === undefined) return by === GONE ? {} : by;
  if (!isContainer(value)) return value;
  const inner = replaceAt(value[key], rest, by);
  if (Array.isArray(value))
    return value.flatMap((one, index) => (String(index) !== key ? [one] : inner === GONE ? [] : [inner]));
  const { [key]: _old, ...others } = value;
  return rest.length === 0 && by === GONE ? others : { ...others, [key]: inner };
}

function fromJsonSchema(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom<unknown>(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => fromJsonSchema(asSchema(choice))));
  switch (schema.type) {
    case 'object':
      return objectOf(schema);
    case 'array': {
      const items = Array.isArray(schema.items) ? undefined : schema.items;
      const minLength = schema.minItems ?? 0;
      // Long lists say nothing that short ones do not, and take their time.
      const maxLength = Math.min(schema.maxItems ?? Number.POSITIVE_INFINITY, minLength + 4);
      return fc.array(fromJsonSchema(asSchema(items)), { minLength, maxLength });
    }
    case 'string':
      return stringOf(schema);
    case 'integer':
      return fc
        .maxSafeInteger()
        .map((value) => within(schema, value))
        .map(Math.trunc);
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => within(schema, value));
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return fc.jsonValue();
  }
}

function objectOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  const fields = Object.entries(schema.properties ?? {});
  const model = Object.fromEntries(fields.map(([key, field]) => [key, fromJsonSchema(asSchema(field))]));
  const known = fc.record(model, { requiredKeys: schema.required ?? [] });
  const rest = schema.additionalProperties;
  if (typeof rest !== 'object') return known;
  const keys =
    schema.propertyNames === undefined ? fc.string() : fromJsonSchema(asSchema(schema.propertyNames));
  const others = fc.dictionary(keys.map(String), fromJsonSchema(rest), { maxKeys: 3 });
  return fc.tuple(others, known).map(([more, own]) => ({ ...more, ...own }));
}

function stringOf(schema: JsonSchema): fc.Arbitrary<string> {
  const { minLength = 0, maxLength = 64, pattern } = schema;
  if (pattern !== undefined) {
    return fc
      .stringMatching(new RegExp(pattern))
      .filter((text) => text.length >= minLength && text.length <= (schema.maxLength ?? text.length));
  }
  return fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 64) });
}

/** Folds any number into the bounds of a schema. */
function within(schema: JsonSchema, value: number): number {
  const { exclusiveMinimum, exclusiveMaximum } = schema;
  const above = typeof exclusiveMinimum === 'number' ? exclusiveMinimum + 1 : Number.MIN_SAFE_INTEGER;
  const below = typeof exclusiveMaximum === 'number' ? exclusiveMaximum - 1 : Number.MAX_SAFE_INTEGER;
  const min = Math.max(schema.minimum ?? above, above);
  const max = Math.min(schema.maximum ?? below, below);
  return Math.min(max, min + (Math.abs(value) % (max - min + 1)));
}

function asSchema(schema: z.core.JSONSchema._JSONSchema | undefined): JsonSchema {
  return typeof schema === 'object' ? schema : {};
}
