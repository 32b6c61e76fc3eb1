import 'reflect-metadata';

const IGNORES_UNKNOWN_FIELDS = 'gatehouse:ignores-unknown-fields';

/**
 * On the class of a body that clients of other systems send: fields that it does not know are dropped, as those systems do.
 * Every other body refuses them by name. A body that also serves a route of our own drops them there too.
 */
export const IgnoresUnknownFields = (): ClassDecorator => (body) =>
  Reflect.defineMetadata(IGNORES_UNKNOWN_FIELDS, true, body);

/** @param body class of a body; undefined where a route declares none */
export function ignoresUnknownFields(body: object | undefined): boolean {
  return body !== undefined && Reflect.getMetadata(IGNORES_UNKNOWN_FIELDS, body) === true;
}
