/** The second stage answered with something other than what was asked for. Carries nothing of the answer. */
export class InvalidAnswer extends Error {
  constructor(readonly rule: string) {
    super(`the second stage's answer is not valid: ${rule}`);
    this.name = 'InvalidAnswer';
  }
}
