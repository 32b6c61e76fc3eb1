import type { OpenAPIObject } from '@nestjs/swagger';

/**
 * Says of every parameter in a query or a header that it may be left out. All of them may: they have defaults, which the
 * OpenAPI plugin takes for required fields, or are headers, which it takes for required arguments.
 */
export function withOptionalParameters(document: OpenAPIObject): OpenAPIObject {
  for (const operations of Object.values(document.paths)) {
    for (const operation of Object.values(operations) as { parameters?: { in?: string; required?: boolean }[] }[]) {
      for (const parameter of operation.parameters ?? []) {
        if (parameter.in === 'query' || parameter.in === 'header') parameter.required = false;
      }
    }
  }
  return document;
}
