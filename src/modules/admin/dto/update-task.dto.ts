import { PartialType } from '@nestjs/swagger';
import { IgnoresUnknownFields } from '../../../common/decorators/ignores-unknown-fields.decorator.js';
import { CreateTaskDto } from './create-task.dto.js';

/** The fields to change. */
@IgnoresUnknownFields()
export class UpdateTaskDto extends PartialType(CreateTaskDto, { skipNullProperties: false }) {}
