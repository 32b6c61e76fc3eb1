import { createDatabase, dropDatabase } from './databases.js';
import { Books, Replica } from './usage-books.js';

/** A database of its own and one replica's usage services on it. */
export interface UsageScene {
  readonly databaseUrl: string;
  readonly books: Books;
  readonly replica: Replica;
}

/** Sets the scene before the tests of the file that asks for it, and clears it away behind them. */
export function usageScene(): UsageScene {
  const scene = {} as { -readonly [Part in keyof UsageScene]: UsageScene[Part] };
  beforeAll(async () => {
    scene.databaseUrl = await createDatabase();
    scene.books = await Books.open(scene.databaseUrl);
    scene.replica = new Replica(scene.databaseUrl);
  });
  afterAll(async () => {
    await scene.replica.close();
    await scene.books.close();
    await dropDatabase(scene.databaseUrl);
  });
  return scene;
}
