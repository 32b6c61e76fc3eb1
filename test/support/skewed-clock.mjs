/** Preloaded into a server (`NODE_OPTIONS=--import`): its wall clock is wrong by CLOCK_SKEW_MS; each SIGUSR2 turns that round. */
const RealDate = Date;
let skewMs = Number(process.env.CLOCK_SKEW_MS ?? 0);
process.on('SIGUSR2', () => (skewMs = -skewMs));

globalThis.Date = class Date extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [RealDate.now() + skewMs] : given));
  }

  static now() {
    return RealDate.now() + skewMs;
  }
};
