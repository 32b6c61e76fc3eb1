import { PartialType } from '@nestjs/swagger';
import { CreateTaskDto } from './create-task.dto.js';

/** The fields to change. */
export class UpdateTaskDto extends PartialType(CreateTaskDto, { skipNullProperties: false }) {}
