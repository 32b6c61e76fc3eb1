import { findComplaint } from './server-log.js';

describe('findComplaint', () => {
  it('prefers the last failure to later chatter, without its time stamp', () => {
    const output = [
      '2030-01-01 00:00:00.000 UTC [12] LOG:  starting',
      '2030-01-01 00:00:00.100 UTC [12] FATAL:  could not write lock file: No space left on device',
      '2030-01-01 00:00:00.200 UTC [12] LOG:  database system is shut down',
      '',
    ].join('\n');
    expect(findComplaint(output)).toBe('FATAL:  could not write lock file: No space left on device');
  });

  it('falls back to the last line, and to nothing', () => {
    expect(findComplaint('one\ntwo\n\n')).toBe('two');
    expect(findComplaint('\n')).toBeUndefined();
  });
});
