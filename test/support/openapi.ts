/** The part of an OpenAPI document that says what answers look like. */
export interface OpenApiSchema {
  $ref?: string;
  type?: string;
  nullable?: boolean;
  properties?: Record<string, OpenApiSchema>;
  required?: string[];
  items?: OpenApiSchema;
  additionalProperties?: boolean | OpenApiSchema;
  oneOf?: OpenApiSchema[];
  anyOf?: OpenApiSchema[];
  allOf?: OpenApiSchema[];
}
interface OpenApiResponse {
  content?: Record<string, { schema?: OpenApiSchema }>;
}
export interface OpenApiOperation {
  security?: Record<string, unknown>[];
  parameters?: { name: string; in: string; required?: boolean }[];
  responses?: Record<string, OpenApiResponse>;
}
export interface OpenApiDocument {
  paths: Record<string, Record<string, OpenApiOperation>>;
  components: { schemas?: Record<string, OpenApiSchema> };
}

/** Every answer with a 2xx, and what is wrong with what the document says about it. */
export function undescribedAnswers(document: OpenApiDocument): string[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { responses = {} }]) => {
      const answers = Object.entries(responses).filter(([status]) => /^2\d\d$/.test(status));
      const name = `${method.toUpperCase()} ${path}`;
      if (answers.length === 0) return [`${name}: no answer`];
      return answers.flatMap(([status, { content }]) => {
        if (status === '204') return [];
        if (content === undefined || Object.keys(content).length === 0) return [`${name} ${status}: no content`];
        return Object.entries(content).flatMap(([type, { schema }]) => {
          const fault = type.includes('json') ? emptyPart(document, schema) : undefined;
          return fault === undefined ? [] : [`${name} ${status}: ${fault}`];
        });
      });
    }),
  );
}

/** Where a schema says nothing, as the path of a field; undefined when it is complete. */
function emptyPart(
  document: OpenApiDocument,
  schema: OpenApiSchema | undefined,
  field = 'the answer',
  seen: readonly string[] = [],
): string | undefined {
  if (schema === undefined) return `${field} has no schema`;
  if (schema.$ref !== undefined) {
    if (seen.includes(schema.$ref)) return undefined;
    const target = resolve(document, schema);
    if (target === undefined) return `${field} refers to nothing`;
    return emptyPart(document, target, field, [...seen, schema.$ref]);
  }
  const alternatives = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (alternatives !== undefined) {
    return first(alternatives.map((alternative) => emptyPart(document, alternative, field, seen)));
  }
  if (schema.type === 'array') return emptyPart(document, schema.items, `${field}[]`, seen);
  if (schema.type !== undefined && schema.type !== 'object') return undefined;
  if (schema.additionalProperties !== undefined && schema.additionalProperties !== false) return undefined;
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) return `${field} is empty`;
  return first(properties.map(([name, part]) => emptyPart(document, part, `${field}.${name}`, seen)));
}

/** What an answer has that its schema does not know, or lacks though the schema promises it. */
export function departures(
  document: OpenApiDocument,
  schema: OpenApiSchema | undefined,
  value: unknown,
  field = 'the answer',
): string[] {
  const known = schema?.$ref === undefined ? schema : resolve(document, schema);
  if (known === undefined) return [`${field} has no schema`];
  if (value === null) return known.nullable === true || schema?.nullable === true ? [] : [`${field} is null`];
  if (known.allOf !== undefined) return known.allOf.flatMap((part) => departures(document, part, value, field));
  if (known.oneOf !== undefined || known.anyOf !== undefined) return [];
  if (known.type === 'array') {
    if (!Array.isArray(value)) return [`${field} is no list`];
    return value.flatMap((item) => departures(document, known.items, item, `${field}[]`));
  }
  if (known.type !== 'object') {
    const type = typeof value;
    return type === (known.type === 'integer' ? 'number' : known.type) ? [] : [`${field} is a ${type}`];
  }
  if (typeof value !== 'object') return [`${field} is a ${typeof value}`];
  if (known.additionalProperties !== undefined) return [];
  const properties = known.properties ?? {};
  const missing = (known.required ?? [])
    .filter((name) => !(name in value))
    .map((name) => `${field}.${name} is missing`);
  const others = Object.entries(value).flatMap(([name, part]) =>
    name in properties
      ? departures(document, properties[name], part, `${field}.${name}`)
      : [`${field}.${name} is unknown`],
  );
  return [...missing, ...others];
}

function resolve(document: OpenApiDocument, { $ref = '' }: OpenApiSchema): OpenApiSchema | undefined {
  return document.components.schemas?.[$ref.split('/').at(-1) ?? ''];
}

function first(faults: (string | undefined)[]): string | undefined {
  return faults.find((fault) => fault !== undefined);
}
