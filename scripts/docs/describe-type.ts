import { z } from 'zod';

/** The part of JSON Schema that zod writes for our messages. */
export type JsonSchema = z.infer<typeof JsonSchema>;
const JsonSchema = z.object({
  $ref: z.string().optional(),
  type: z.string().optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  format: z.string().optional(),
  pattern: z.string().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  minItems: z.number().optional(),
  maxItems: z.number().optional(),
  default: z.unknown().optional(),
  required: z.array(z.string()).optional(),
  get properties() {
    return z.record(z.string(), JsonSchema).optional();
  },
  get items() {
    return JsonSchema.optional();
  },
  get anyOf() {
    return z.array(JsonSchema).optional();
  },
  get oneOf() {
    return z.array(JsonSchema).optional();
  },
  get additionalProperties() {
    return z.union([z.boolean(), JsonSchema]).optional();
  },
});

/** Gives types that have a name of their own a place to be linked to. */
export type TypeNames = z.core.$ZodRegistry<{ id: string }>;

export function jsonSchema(schema: z.ZodType, names: TypeNames): JsonSchema {
  return JsonSchema.parse(z.toJSONSchema(schema, { metadata: names, io: 'input', unrepresentable: 'any' }));
}

/** A type as people write it: `string, ≤ 100 characters`, `"a" | "b"`, a link to a named type. */
export function describeType(schema: JsonSchema): string {
  if (schema.$ref) {
    const name = schema.$ref.replace('#/$defs/', '');
    return `[${name}](types.md#${name.toLowerCase()})`;
  }
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return options.map(describeType).join(' \\| ');
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum) return schema.enum.map(code).join(' \\| ');
  switch (schema.type) {
    case 'array':
      return `array of ${schema.items ? describeType(schema.items) : 'anything'}${limits(schema)}`;
    case 'object':
      return describeObject(schema);
    case undefined:
      return 'any';
    default:
      return `${schema.format === 'uuid' ? 'UUID' : schema.type}${limits(schema)}`;
  }
}

function describeObject({ properties, additionalProperties, required = [] }: JsonSchema): string {
  if (!properties) {
    return typeof additionalProperties === 'object'
      ? `map to ${describeType(additionalProperties)}`
      : 'object';
  }
  const fields = Object.entries(properties).map(
    ([name, type]) => `${name}${required.includes(name) ? '' : '?'}: ${describeType(type)}`,
  );
  return `{ ${fields.join(', ')} }`;
}

function limits(schema: JsonSchema): string {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, format } = schema;
  const parts = [
    between(minimum, maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum, ''),
    format === 'uuid' ? '' : between(minLength, maxLength, ' characters'),
    between(minItems, maxItems, ' items'),
  ].filter((part) => part !== '');
  return parts.length > 0 ? `, ${parts.join(', ')}` : '';
}

function between(low: number | undefined, high: number | undefined, unit: string): string {
  if (low !== undefined && low !== -Number.MAX_SAFE_INTEGER && high !== undefined)
    return `${low}–${high}${unit}`;
  if (high !== undefined) return `≤ ${high}${unit}`;
  if (low !== undefined && low !== 0 && low !== -Number.MAX_SAFE_INTEGER) return `≥ ${low}${unit}`;
  return '';
}

function code(value: unknown): string {
  return `\`${JSON.stringify(value)}\``;
}
