import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

export class ListUsersDto {
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(2_147_483_647)
  skip: number = 0;

  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1000)
  limit: number = 100;
}
