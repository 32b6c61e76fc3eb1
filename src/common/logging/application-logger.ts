import { Logger } from 'nestjs-pino';

/** Contexts in which the framework lists every module and route at each start. */
const BOOT_CHATTER = new Set(['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestFactory', 'NestApplication']);

/** Nest's logger over pino. What the framework says while it starts is for debugging only. */
export class ApplicationLogger extends Logger {
  override log(message: unknown, ...optionalParams: unknown[]): void {
    const context = optionalParams.at(-1);
    if (typeof context === 'string' && BOOT_CHATTER.has(context)) this.debug(message, ...optionalParams);
    else super.log(message, ...optionalParams);
  }
}
