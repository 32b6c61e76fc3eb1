import { CommonPasswords } from './common-passwords.js';

it('knows them in every spelling, and no others', async () => {
  const common = await CommonPasswords.load();
  for (const password of ['password', 'PassWord', 'qwertyuiop', 'change-me', 'ｐａｓｓｗｏｒｄ']) {
    expect([password, common.includes(password)]).toEqual([password, true]);
  }
  expect(common.includes('the password of a guest')).toBe(false);
});
