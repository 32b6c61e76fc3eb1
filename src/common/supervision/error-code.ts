/** The system's name of an I/O error (`EACCES`, `EROFS`, ...), or the message of anything else. */
export function errorCode(error: unknown): string {
  if (error instanceof Error) {
    const { code } = error as NodeJS.ErrnoException;
    return code ?? error.message;
  }
  return String(error);
}
