import 'reflect-metadata';
import { Controller, Post, Module, Req, Res, Inject } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Pool } from 'undici';
const pool = new Pool('http://127.0.0.1:9100', { connections: 256 });
class Ctl {
  async chat(req, reply) {
    const up = await pool.request({ path: '/v1/chat/completions', method: 'POST', headers: { 'content-type': 'application/json' }, body: req.body });
    reply.hijack ? null : null;
    reply.raw.writeHead(up.statusCode, { 'content-type': up.headers['content-type'] });
    reply.hijack();
    up.body.pipe(reply.raw);
  }
}
const d = Object.getOwnPropertyDescriptor(Ctl.prototype, 'chat');
Req()(Ctl.prototype, 'chat', 0); Res()(Ctl.prototype, 'chat', 1); Post('v1/chat/completions')(Ctl.prototype, 'chat', d); Controller()(Ctl);
class Mod {} Module({ controllers: [Ctl] })(Mod);
const adapter = new FastifyAdapter();
const app = await NestFactory.create(Mod, adapter, { logger: false, bodyParser: false });
const f = adapter.getInstance(); f.removeAllContentTypeParsers(); f.addContentTypeParser('*', { parseAs: 'buffer' }, (r, b, done) => done(null, b));
await app.listen(Number(process.argv[2] ?? 8101));
console.log('up');
