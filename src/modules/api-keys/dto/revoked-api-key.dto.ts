export class RevokedApiKeyDto {
  message: string;
}
