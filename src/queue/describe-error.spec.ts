import { describeError } from './describe-error.js';

describe('describeError', () => {
  it.each([
    [new TypeError('no such thing'), 'TypeError: no such thing'],
    [Object.assign(new Error('connect failed'), { code: 'ECONNREFUSED' }), 'Error: ECONNREFUSED: connect failed'],
    [Object.assign(new Error(''), { code: 'ETIMEDOUT' }), 'Error: ETIMEDOUT'],
    ['a text', 'a text'],
    [undefined, 'undefined'],
    [null, 'null'],
    [{}, 'unknown error'],
  ])('makes a line of %p', (error, line) => {
    expect(describeError(error)).toBe(line);
  });

  it('leaves out what drivers hang on their errors', () => {
    const error = Object.assign(new Error('WRONGPASS'), { command: { name: 'auth', args: ['secret'] } });
    expect(describeError(error)).toBe('Error: WRONGPASS');
  });
});
