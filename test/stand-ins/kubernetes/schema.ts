/** What an OpenAPI 2.0 document says of a value, as much of it as Kubernetes uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly required?: readonly string[];
}

export type Definitions = Readonly<Record<string, Schema>>;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 3339, as Kubernetes writes times. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Where a value is not as the schema has it, by path: of another type, without what is required, with a key that it does not
 * know. Where an object's keys are not told (a revision's data), any are taken; and a null for a time and for a map that
 * were never set, which the documents do not tell and real answers have (test/recorded/kubernetes).
 */
export function misfits(
  value: unknown,
  schema: Schema,
  definitions: Definitions,
  at = '',
): readonly string[] {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace('#/definitions/', '');
    const found = definitions[name];
    return found ? misfits(value, found, definitions, at) : [`${at}: nothing is told of ${name}`];
  }
  const { type, format, properties, additionalProperties, items, required = [] } = schema;
  const wrong = (what: string): readonly string[] => [`${at} is no ${what}: ${JSON.stringify(value)}`];
  switch (type) {
    case 'string':
      if (format === 'int-or-string' && Number.isInteger(value)) return [];
      if (format === 'date-time' && value === null) return [];
      if (typeof value !== 'string') return wrong(type);
      return format === 'date-time' && !TIME.test(value) ? wrong(format) : [];
    case 'integer':
      return Number.isInteger(value) ? [] : wrong(type);
    case 'number':
    case 'boolean':
      return typeof value === type ? [] : wrong(type);
    case 'array':
      if (!Array.isArray(value)) return wrong(type);
      return value.flatMap((one, index) => misfits(one, items ?? {}, definitions, `${at}[${index}]`));
    case 'object': {
      if (additionalProperties && value === null) return [];
      if (!isObject(value)) return wrong(type);
      const missing = required
        .filter((key) => value[key] === undefined)
        .map((key) => `${at}.${key} is missing`);
      const inside = Object.entries(value).flatMap(([key, one]) => {
        const of = properties?.[key] ?? additionalProperties;
        if (of) return misfits(one, of, definitions, `${at}.${key}`);
        return properties ? [`${at}.${key} is not known`] : [];
      });
      return [...missing, ...inside];
    }
    case undefined:
    default:
      return [`${at}: the schema tells no type`];
  }
}
