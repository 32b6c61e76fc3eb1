export class UsagePart {
  requests: number;
  tokens: number;
}
