export class LoggedInUserDto {
  name: string | null;
  email: string;
}
