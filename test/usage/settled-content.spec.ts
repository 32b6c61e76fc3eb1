import { ended, request } from '../support/usage-books.js';
import { usageScene } from '../support/usage-scene.js';

const scene = usageScene();

it('bills a call whose content cannot be stored, and keeps the content of those that were settled with it', async () => {
  await scene.books.query(
    `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       IF NEW.prompt_text = 'unstorable' THEN RAISE EXCEPTION 'no'; END IF;
       RETURN NEW;
     END $$`,
  );
  await scene.books.query(
    'CREATE TRIGGER refuse BEFORE INSERT ON request_contents FOR EACH ROW EXECUTE FUNCTION refuse()',
  );
  const user = await scene.books.account();
  const prompts = ['one', 'two', 'unstorable', 'three', 'four'];
  const holds = await Promise.all(prompts.map(() => scene.replica.admission.admit(request(user))));
  await Promise.all(
    holds.map((hold, place) =>
      scene.replica.settlement.settle(hold, { ...ended(hold, 10, 20), promptText: prompts[place] }),
    ),
  );

  expect(await scene.books.ledgerTotals(user)).toMatchObject({ tokens: 5 * 30 });
  for (const window of await scene.books.windows(user)) expect(window).toMatchObject({ held: 0, spent: 5 * 30 });
  const kept = await scene.books.query<{ prompt_text: string }>(
    'SELECT prompt_text FROM request_contents WHERE user_id = $1',
    [user],
  );
  expect(kept.map((row) => row.prompt_text).sort()).toEqual(['four', 'one', 'three', 'two']);
});
