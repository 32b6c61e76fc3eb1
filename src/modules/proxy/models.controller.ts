import { Controller, Get, Inject } from '@nestjs/common';
import { ApiSecurity, ApiTags } from '@nestjs/swagger';
import { Credentials } from '../../common/decorators/credentials.decorator.js';
import { CurrentPrincipal } from '../../common/decorators/current-principal.decorator.js';
import { Scope } from '../../common/decorators/scope.decorator.js';
import type { Principal } from '../../common/principal.js';
import { isModelAllowed } from '../api-keys/key-rights.js';
import { ModelCatalogue } from './models/model-catalogue.js';

@ApiTags('inference')
@ApiSecurity('api-key')
@Controller()
export class ModelsController {
  constructor(@Inject(ModelCatalogue) private readonly catalogue: ModelCatalogue) {}

  /** The models that the caller can use here, in OpenAI's shape. Their dates are not known. */
  @Get(['v1/models', 'api/v1/models'])
  @Credentials('key', 'jwt')
  @Scope('chat', 'embeddings')
  async list(@CurrentPrincipal() principal: Principal) {
    const models = (await this.catalogue.list()).filter(({ id }) => isModelAllowed(principal, id));
    return {
      object: 'list',
      data: models.map(({ id, ownedBy }) => ({ id, object: 'model', created: 0, owned_by: ownedBy })),
    };
  }
}
