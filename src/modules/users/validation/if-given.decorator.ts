import { ValidateIf } from 'class-validator';

/** A field that may be left out, but that must follow its rules when it is there, null included. */
export const IfGiven = () => ValidateIf((_object: unknown, value: unknown) => value !== undefined);
