import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiSecurity, ApiTags } from '@nestjs/swagger';
import { Credentials } from '../../common/decorators/credentials.decorator.js';
import { CurrentPrincipal } from '../../common/decorators/current-principal.decorator.js';
import { Scope } from '../../common/decorators/scope.decorator.js';
import type { Principal } from '../../common/principal.js';
import { assertModelAllowed, isModelAllowed } from '../api-keys/key-rights.js';
import { ModelCatalogue } from './models/model-catalogue.js';
import type { ListedModel } from './models/model-catalogue.js';

/** The models that can be called here, in OpenAI's shape. Their dates are not known. */
@ApiTags('inference')
@ApiSecurity('api-key')
@Controller()
@Credentials('key', 'jwt')
export class ModelsController {
  constructor(@Inject(ModelCatalogue) private readonly catalogue: ModelCatalogue) {}

  /** The models that the caller can use here, in OpenAI's shape. */
  @Get(['v1/models', 'api/v1/models'])
  @Scope('chat', 'embeddings')
  async list(@CurrentPrincipal() principal: Principal) {
    const models = (await this.catalogue.list()).filter(({ id }) => isModelAllowed(principal, id));
    return { object: 'list', data: models.map(modelObject) };
  }

  /** One of them; names may have slashes, escaped or not. */
  @Get(['v1/models/*', 'api/v1/models/*'])
  @Scope('chat', 'embeddings')
  async find(@CurrentPrincipal() principal: Principal, @Param('*') id: string) {
    assertModelAllowed(principal, id);
    await this.catalogue.resolve(id);
    const listed = (await this.catalogue.list()).find((model) => model.id === id);
    return modelObject(listed ?? { id, ownedBy: 'gatehouse' });
  }
}

function modelObject({ id, ownedBy }: ListedModel) {
  return { id, object: 'model', created: 0, owned_by: ownedBy };
}
