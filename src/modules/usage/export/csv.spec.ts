import { csvCell, csvLine } from './csv.js';

describe('a CSV cell', () => {
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '=HYPERLINK("http://x","y")'])(
    'never begins like a formula: %j',
    (text) => {
      expect(csvCell(text).replace(/^"/, '')).toMatch(/^'/);
    },
  );

  it('keeps numbers, dates and harmless text as they are', () => {
    expect(csvLine([-5, 0.5, true, null, 'a b', new Date('2026-01-02T03:04:05Z')])).toBe(
      '-5,0.5,true,,a b,2026-01-02T03:04:05.000Z\r\n',
    );
  });

  it('quotes what would end it', () => {
    expect(csvLine(['a,b', 'say "x"', 'two\nlines'])).toBe('"a,b","say ""x""","two\nlines"\r\n');
    expect(csvCell('=a,"b"')).toBe('"\'=a,""b"""');
  });
});
