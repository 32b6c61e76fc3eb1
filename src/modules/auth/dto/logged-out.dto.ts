export class LoggedOutDto {
  message: string;
}
