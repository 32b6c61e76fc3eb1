import { setImmediate as nextTurn } from 'node:timers/promises';
import { type AnswerPlan, errorBody, jsonAnswer, streamAnswer } from './upstream-answers.js';
import type { UpstreamFault } from './upstream-behaviour.js';
import { EventWriter } from './upstream-event-writer.js';
import type { Exchange } from './upstream-exchange.js';

const JSON_HEADERS = { 'content-type': 'application/json' };
const STREAM_HEADERS = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };
const BROKEN_JSON = '{"id":"fake","choices":[{"mess';
/** Time for the client to read what came before a reset, which would otherwise wipe it out. */
const BEFORE_RESET_MS = 25;

/** Plays the faults that replace the whole answer; true when one was played. */
export async function playEarlyFault(exchange: Exchange, fault: UpstreamFault | undefined): Promise<boolean> {
  switch (fault?.kind) {
    case 'status': {
      exchange.expectFault();
      const body = fault.body ?? errorBody(fault.status, fault.secret);
      exchange.head(fault.status, {
        ...JSON_HEADERS,
        ...(fault.retryAfter !== undefined && { 'retry-after': fault.retryAfter }),
      });
      exchange.end(typeof body === 'string' ? body : JSON.stringify(body));
      return true;
    }
    case 'html':
      exchange.expectFault();
      exchange.head(fault.status ?? 502, { 'content-type': 'text/html' });
      exchange.end(`<html><body><h1>Bad gateway</h1><p>${fault.secret ?? ''}</p></body></html>`);
      return true;
    case 'reset':
      exchange.cut('reset');
      return true;
    case 'hang':
      await exchange.leaving();
      return true;
    default:
      return false;
  }
}

export async function playJson(exchange: Exchange, plan: AnswerPlan): Promise<void> {
  await sendJson(exchange, jsonAnswer(plan), plan.behaviour.headers, plan.behaviour.fault);
}

/** Sends a JSON body, spoiled by the fault if there is one. */
export async function sendJson(
  exchange: Exchange,
  body: Record<string, unknown>,
  headers: Record<string, string> = {},
  fault?: UpstreamFault,
): Promise<void> {
  const text = JSON.stringify(body);
  const whole = { ...JSON_HEADERS, ...headers, 'content-length': String(Buffer.byteLength(text)) };
  const half = text.slice(0, text.length >> 1);
  switch (fault?.kind) {
    case 'malformed':
      exchange.expectFault();
      exchange.head(200, { ...JSON_HEADERS, ...headers });
      return exchange.end(BROKEN_JSON);
    case 'miderror':
      exchange.expectFault();
      exchange.head(500, { ...JSON_HEADERS, ...headers });
      return exchange.end(JSON.stringify(errorBody(500, fault.secret)));
    case 'badlength':
      exchange.head(200, whole);
      await exchange.write(half);
      return exchange.cut('close');
    case 'truncate':
    case 'midreset':
    case 'stall':
      exchange.head(200, { ...JSON_HEADERS, ...headers });
      await exchange.write(half);
      return breakOff(exchange, fault.kind);
    default:
      exchange.head(200, whole);
      return exchange.end(text);
  }
}

export async function playStream(exchange: Exchange, plan: AnswerPlan): Promise<void> {
  const { behaviour, request } = plan;
  const { content, end } = streamAnswer(plan);
  const writer = new EventWriter(exchange, behaviour);
  const faultPlace = placeOf(behaviour.fault, content.length);
  exchange.head(200, { ...STREAM_HEADERS, ...behaviour.headers });
  for (const [index, event] of content.entries()) {
    if (index > 0) await exchange.pause(behaviour.chunkDelayMs);
    if (index === faultPlace && (await playMidFault(exchange, writer, behaviour.fault))) return;
    if (exchange.gone) return;
    await writer.send(event);
    request.chunksWritten++;
    await nextTurn();
  }
  if (faultPlace === content.length && (await playMidFault(exchange, writer, behaviour.fault))) return;
  for (const event of end) await writer.send(event);
  if (behaviour.done) await writer.send('[DONE]');
  exchange.end();
}

function placeOf(fault: UpstreamFault | undefined, chunkCount: number): number | undefined {
  if (!fault) return undefined;
  return Math.min('afterChunks' in fault ? (fault.afterChunks ?? 3) : 3, chunkCount);
}

/** True when the fault ended the stream. */
async function playMidFault(exchange: Exchange, writer: EventWriter, fault?: UpstreamFault): Promise<boolean> {
  switch (fault?.kind) {
    case 'truncate':
    case 'midreset':
    case 'stall':
      await breakOff(exchange, fault.kind);
      return true;
    case 'badlength':
      await breakOff(exchange, 'truncate');
      return true;
    case 'miderror':
      exchange.expectFault();
      await writer.send(JSON.stringify(errorBody(500, fault.secret)));
      exchange.end();
      return true;
    case 'malformed':
      await writer.send(BROKEN_JSON);
      return false;
    default:
      return false;
  }
}

async function breakOff(exchange: Exchange, how: 'truncate' | 'midreset' | 'stall'): Promise<void> {
  if (how === 'stall') return exchange.leaving();
  if (how === 'truncate') return exchange.cut('close');
  await exchange.pause(BEFORE_RESET_MS);
  exchange.cut('reset');
}
