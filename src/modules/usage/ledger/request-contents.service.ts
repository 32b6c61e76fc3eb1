import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';

/** Prompts and answers, which can be deleted without touching the books. */
@Injectable()
export class RequestContentsService {
  constructor(private readonly dataSource: DataSource) {}

  /** Deletes every prompt and answer of some accounts; resolves with their number. */
  async erase(userIds: readonly number[], manager: EntityManager = this.dataSource.manager): Promise<number> {
    const [, count] = await manager.query<[unknown, number]>(
      'DELETE FROM request_contents WHERE user_id = ANY ($1::int[])',
      [userIds],
    );
    return count;
  }
}
