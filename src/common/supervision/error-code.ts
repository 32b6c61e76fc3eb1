/** The system's name of an I/O error (`EACCES`, `EROFS`, ...), or the message of anything else. */
export function errorCode(error: unknown): string {
  // By shape and not by class: under Jest the errors of Node come from another realm, with another `Error`.
  if (typeof error === 'object' && error !== null) {
    if ('code' in error && typeof error.code === 'string') return error.code;
    if ('message' in error && typeof error.message === 'string') return error.message;
  }
  return String(error);
}
