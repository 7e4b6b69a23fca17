/**
 * Translates the schemas of an OpenAPI 3.0 document, wherever they stand in it, to JSON Schema:
 * `nullable` becomes a choice with null, and objects that name their properties admit no others, so
 * that an answer cannot carry a field that nobody declared.
 */
export function toJsonSchema(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(toJsonSchema);
  if (typeof node !== 'object' || node === null) return node;
  const { nullable, ...rest } = node as Record<string, unknown>;
  const translated = Object.fromEntries(
    Object.entries(rest)
      // Not schemas, though they may look like one.
      .filter(([key]) => key !== 'example' && key !== 'examples' && key !== 'default')
      .map(([key, value]) => [
        key,
        key === 'properties' ? eachProperty(value) : toJsonSchema(value),
      ]),
  );
  const schema = isClosed(translated) ? { ...translated, additionalProperties: false } : translated;
  return nullable === true ? { anyOf: [schema, { type: 'null' }] } : schema;
}

/** The names in `properties` are the API's, even if one is called `nullable`. */
function eachProperty(properties: unknown): unknown {
  const entries = Object.entries(properties as Record<string, unknown>);
  return Object.fromEntries(entries.map(([name, schema]) => [name, toJsonSchema(schema)]));
}

function isClosed(schema: Record<string, unknown>): boolean {
  return (
    'properties' in schema &&
    !['additionalProperties', 'allOf', 'anyOf', 'oneOf'].some((keyword) => keyword in schema)
  );
}
