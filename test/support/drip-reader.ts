import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A client that takes so many bytes of its answer a second and not one more: the rest stays in the kernel's buffers. */
export class DripReader {
  bytesRead = 0;
  private readonly timer: NodeJS.Timeout;

  private constructor(private readonly socket: Socket) {
    this.timer = setInterval(() => socket.resume(), 1_000);
    // A reset is one of the ways in which such a connection ends.
    socket.on('error', () => undefined).once('close', () => clearInterval(this.timer));
  }

  /** POSTs a JSON body and starts to read. */
  static async post(
    url: string,
    body: unknown,
    headers: Record<string, string>,
    bytesPerSecond: number,
  ): Promise<DripReader> {
    const { hostname, port, pathname } = new URL(url);
    const current: { reader?: DripReader } = {};
    const socket = connect({
      host: hostname,
      port: Number(port),
      onread: {
        buffer: Buffer.alloc(bytesPerSecond),
        callback: (bytes) => {
          if (current.reader !== undefined) current.reader.bytesRead += bytes;
          socket.pause();
          return false;
        },
      },
    });
    await once(socket, 'connect');
    const reader = new DripReader(socket);
    current.reader = reader;
    const text = JSON.stringify(body);
    const lines = Object.entries({ host: hostname, 'content-type': 'application/json', ...headers });
    lines.push(['content-length', String(Buffer.byteLength(text))]);
    socket.write(`POST ${pathname} HTTP/1.1\r\n${lines.map((line) => line.join(': ')).join('\r\n')}\r\n\r\n${text}`);
    return reader;
  }

  hangUp(): void {
    this.socket.destroy();
  }
}
