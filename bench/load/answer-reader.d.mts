export class AnswerReader {
  constructor(listener: {
    onEvents(this: void, count: number): void;
    onAnswer(this: void, status: number, end: { complete: boolean; closes: boolean }): void;
  });
  reset(): void;
  push(received: Buffer): void;
}
