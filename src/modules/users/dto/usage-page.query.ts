import { PageQuery } from '../../../common/http/page.query.js';

export class UsagePageQuery extends PageQuery {
  override limit: number = 50;
}
