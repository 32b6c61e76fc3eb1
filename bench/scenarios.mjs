import { bodies } from './scenarios/bodies.mjs';
import { hotAccount } from './scenarios/hot-account.mjs';
import { json } from './scenarios/json.mjs';
import { openLoop } from './scenarios/open-loop.mjs';
import { openStreams } from './scenarios/open-streams.mjs';
import { refusals } from './scenarios/refusals.mjs';
import { start } from './scenarios/start.mjs';
import { streams } from './scenarios/streams.mjs';

/**
 * In the order in which they run: what is about latency first, while no analysis is behind; what fills the outbox last.
 * Each `run(bench)` resolves with rows of the table; `peer` marks those that want Portkey.
 */
export const SCENARIOS = [
  { name: 'start', title: 'Start: npm start with data of an earlier run, until the first answer', run: start },
  { name: 'open-loop', title: 'Open loop: requests at a fixed rate, latency added to a direct call', run: openLoop },
  { name: 'streams', title: 'Streams: paced as a model paces them, and as fast as they go', run: streams },
  { name: 'open-streams', title: 'Open streams: 1,000 at once', run: openStreams },
  { name: 'refusals', title: 'Refusals: an unknown key, a spent account', run: refusals },
  { name: 'json', title: 'JSON at saturation, 64 connections', run: json, peer: true },
  { name: 'hot-account', title: 'Hot account: everybody uses one key', run: hotAccount },
  { name: 'bodies', title: 'Small and large bodies', run: bodies },
];
