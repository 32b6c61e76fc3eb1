import { createDatabase, dropDatabase } from '../support/databases.js';
import { Books, ended, Replica, request } from '../support/usage-books.js';

let databaseUrl: string;
let books: Books;
let replica: Replica;

beforeAll(async () => {
  databaseUrl = await createDatabase();
  books = await Books.open(databaseUrl);
  replica = new Replica(databaseUrl);
});

afterAll(async () => {
  await replica.close();
  await books.close();
  await dropDatabase(databaseUrl);
});

it('bills a call whose content cannot be stored, and keeps the content of those that were settled with it', async () => {
  await books.query(
    `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       IF NEW.prompt_text = 'unstorable' THEN RAISE EXCEPTION 'no'; END IF;
       RETURN NEW;
     END $$`,
  );
  await books.query('CREATE TRIGGER refuse BEFORE INSERT ON request_contents FOR EACH ROW EXECUTE FUNCTION refuse()');
  const user = await books.account();
  const prompts = ['one', 'two', 'unstorable', 'three', 'four'];
  const holds = await Promise.all(prompts.map(() => replica.admission.admit(request(user))));
  await Promise.all(
    holds.map((hold, place) => replica.settlement.settle(hold, { ...ended(hold, 10, 20), promptText: prompts[place] })),
  );

  expect(await books.ledgerTotals(user)).toMatchObject({ tokens: 5 * 30 });
  for (const window of await books.windows(user)) expect(window).toMatchObject({ held: 0, spent: 5 * 30 });
  const kept = await books.query<{ prompt_text: string }>(
    'SELECT prompt_text FROM request_contents WHERE user_id = $1',
    [user],
  );
  expect(kept.map((row) => row.prompt_text).sort()).toEqual(['four', 'one', 'three', 'two']);
});
