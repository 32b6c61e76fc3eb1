import 'reflect-metadata';

const IGNORES_UNKNOWN_FIELDS = 'gatehouse:ignores-unknown-fields';

/**
 * On the class of a body: fields that it does not know are dropped rather than refused. For bodies that clients of other
 * systems send and that hold no setting anybody could misspell, such as logins with the fields of OAuth's forms.
 */
export const IgnoresUnknownFields = (): ClassDecorator => (body) =>
  Reflect.defineMetadata(IGNORES_UNKNOWN_FIELDS, true, body);

/** @param body class of a body; undefined where a route declares none */
export function ignoresUnknownFields(body: object | undefined): boolean {
  return body !== undefined && Reflect.getMetadata(IGNORES_UNKNOWN_FIELDS, body) === true;
}
