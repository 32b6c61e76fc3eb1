const HALF_CHARACTERS = 16 * 1024;
const CUT = '\n[…]\n';

/** Collects text and keeps its first and last 16 K characters: enough for the analysis, whatever its length. */
export class BoundedText {
  private head = '';
  private tail = '';
  private cut = false;

  append(text: string): void {
    const room = HALF_CHARACTERS - this.head.length;
    if (room >= text.length) {
      this.head += text;
      return;
    }
    this.head += text.slice(0, room);
    this.tail += text.slice(room);
    if (this.tail.length > 2 * HALF_CHARACTERS) this.shorten();
  }

  toString(): string {
    if (this.tail.length > HALF_CHARACTERS) this.shorten();
    return this.head + (this.cut ? CUT : '') + this.tail;
  }

  private shorten(): void {
    this.tail = this.tail.slice(-HALF_CHARACTERS);
    this.cut = true;
  }
}
