import { PageQuery } from '../../../common/http/page.query.js';

export class UserDirectoryQuery extends PageQuery {
  override limit: number = 1000;
}
