import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../common/actor.js';
import { CurrentActor } from '../../common/decorators/current-actor.decorator.js';
import { CurrentPrincipal } from '../../common/decorators/current-principal.decorator.js';
import type { Principal } from '../../common/principal.js';
import { ContentChoice } from '../usage/contents/content-choice.dto.js';
import { ContentChoicesService } from '../usage/contents/content-choices.service.js';
import { ContentChoiceDto } from './content-choice.dto.js';

@ApiTags('My account')
@ApiBearerAuth()
@Controller('api/v1/user/privacy')
export class ContentChoiceController {
  constructor(private readonly choices: ContentChoicesService) {}

  /** What becomes of the caller's prompts and answers once they were looked at. */
  @Get()
  async get(@CurrentPrincipal() { userId }: Principal): Promise<ContentChoice> {
    return this.choices.describe(userId);
  }

  /** Holds from now on; `drop` also deletes every prompt and answer that is there. */
  @Put()
  async choose(
    @CurrentPrincipal() { userId }: Principal,
    @CurrentActor() actor: Actor,
    @Body() { contents }: ContentChoiceDto,
  ): Promise<ContentChoice> {
    return this.choices.choose(userId, contents, actor);
  }
}
