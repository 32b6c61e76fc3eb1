/** A command was called in a way that it does not know, or where there is nothing for it. The message says how to call it. */
export class UsageError extends Error {}
