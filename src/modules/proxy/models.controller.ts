import { Controller, Get, Inject } from '@nestjs/common';
import { ApiSecurity, ApiTags } from '@nestjs/swagger';
import { Credentials } from '../../common/decorators/credentials.decorator.js';
import { ModelCatalogue } from './models/model-catalogue.js';

@ApiTags('inference')
@ApiSecurity('api-key')
@Controller()
export class ModelsController {
  constructor(@Inject(ModelCatalogue) private readonly catalogue: ModelCatalogue) {}

  /** The models that can be called here, in OpenAI's shape. Their dates are not known. */
  @Get(['v1/models', 'api/v1/models'])
  @Credentials('key', 'jwt')
  async list() {
    const models = await this.catalogue.list();
    return {
      object: 'list',
      data: models.map(({ id, ownedBy }) => ({ id, object: 'model', created: 0, owned_by: ownedBy })),
    };
  }
}
