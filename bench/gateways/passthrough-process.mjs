/**
 * The yardstick: what NestJS on Fastify costs when it does nothing but pass chat requests on, with undici and without a look at
 * the body. No keys, no limits, no books.
 */
import 'reflect-metadata';
import { Controller, Module, Post, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Pool } from 'undici';

const [port, upstreamUrl] = process.argv.slice(2);
const { origin, pathname } = new URL(upstreamUrl);
/** At least as many connections as there are streams at once. */
const pool = new Pool(origin, { connections: 2_048, pipelining: 1 });

/** Writes the upstream's answer straight to the client. */
class Relay {
  constructor(client) {
    this.client = client;
  }

  onRequestStart(controller) {
    this.client.once('close', () => {
      if (!this.client.writableFinished) controller.abort(new Error('the client is gone'));
    });
    this.client.on('drain', () => controller.resume());
  }

  onResponseStart(
    _controller,
    status,
    { connection, 'keep-alive': keepAlive, 'transfer-encoding': framing, ...headers },
  ) {
    this.client.writeHead(status, headers);
  }

  onResponseData(controller, chunk) {
    if (!this.client.write(chunk)) controller.pause();
  }

  onResponseEnd() {
    this.client.end();
  }

  onResponseError() {
    if (this.client.headersSent) this.client.destroy();
    else this.client.writeHead(502).end();
  }
}

class ChatController {
  chat(request, reply) {
    reply.hijack();
    const { authorization } = request.headers;
    const headers = { 'content-type': 'application/json', authorization };
    const path = `${pathname}/chat/completions`;
    pool.dispatch({ method: 'POST', path, headers, body: request.body }, new Relay(reply.raw));
  }
}
Post('v1/chat/completions')(
  ChatController.prototype,
  'chat',
  Object.getOwnPropertyDescriptor(ChatController.prototype, 'chat'),
);
Req()(ChatController.prototype, 'chat', 0);
Res()(ChatController.prototype, 'chat', 1);
Controller()(ChatController);

class PassthroughModule {}
Module({ controllers: [ChatController] })(PassthroughModule);

const adapter = new FastifyAdapter({ bodyLimit: 10 * 1024 * 1024 });
const app = await NestFactory.create(PassthroughModule, adapter, { logger: ['error'], bodyParser: false });
const fastify = adapter.getInstance();
fastify.removeAllContentTypeParsers();
fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
process.on('disconnect', () => process.exit());
process.on('SIGTERM', () => process.exit());
await app.listen({ port: Number(port), host: '127.0.0.1', backlog: 4096 });
