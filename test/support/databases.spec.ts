import { createDatabase, createEmptyDatabase, dropDatabase, queryDatabase } from './databases.js';

const TABLES = `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'`;

it('makes migrated databases that know nothing of each other, several at once', async () => {
  const urls = await Promise.all([createDatabase(), createDatabase(), createDatabase()]);
  const [first = '', second = ''] = urls;
  await queryDatabase(first, 'CREATE TABLE mine (id int)');

  expect(await queryDatabase(first, TABLES)).toContainEqual({ table_name: 'mine' });
  expect(await queryDatabase(second, TABLES)).not.toContainEqual({ table_name: 'mine' });
  expect(await queryDatabase(second, TABLES)).toContainEqual({ table_name: 'migrations' });
  await Promise.all(urls.map(dropDatabase));
  await expect(queryDatabase(first, 'SELECT 1')).rejects.toThrow('does not exist');
});

it('makes empty databases for tests of the migrations', async () => {
  const url = await createEmptyDatabase();
  expect(await queryDatabase(url, TABLES)).toEqual([]);
  await dropDatabase(url);
});
