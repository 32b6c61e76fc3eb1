import { Injectable, RequestMethod } from '@nestjs/common';
import type { OnModuleInit, Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/internal';
import { DiscoveryService, HttpAdapterHost, MetadataScanner, Reflector } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { presentedCredentials } from './credential-reader.js';
import { assertPlausible } from './plausible-credentials.js';
import { reworded } from './reworded.js';
import { routeCredentials } from './route-credentials.js';
import type { Handler, RouteCredentials } from './route-credentials.js';

/**
 * Turns away callers whose headers alone show that they cannot come in, before a byte of their body is read: strangers
 * must not have us parse megabytes. In the words of the guard, which checks everything again.
 */
@Injectable()
export class EarlyRefusalService implements OnModuleInit {
  constructor(
    private readonly http: HttpAdapterHost<FastifyAdapter>,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  onModuleInit(): void {
    const closedRoutes = this.closedRoutes();
    this.http.httpAdapter.getInstance().addHook('onRequest', (request, _reply, done) => {
      const route = closedRoutes.get(`${methodOf(request)} ${request.routeOptions.url}`);
      done(route === undefined ? undefined : refusalOf(request, route));
    });
  }

  /** Every route of a controller that is not public, by method and path. */
  private closedRoutes(): ReadonlyMap<string, RouteCredentials> {
    const routes = new Map<string, RouteCredentials>();
    for (const { metatype } of this.discovery.getControllers()) {
      if (typeof metatype !== 'function') continue;
      for (const handler of this.handlersOf(metatype as Type)) {
        const credentials = routeCredentials(this.reflector, handler, metatype as Type);
        if (credentials.isPublic) continue;
        for (const name of routeNames(handler, metatype)) routes.set(name, credentials);
      }
    }
    return routes;
  }

  private handlersOf(controller: Type): Handler[] {
    const prototype = controller.prototype as Record<string, Handler>;
    return this.scanner
      .getAllMethodNames(prototype)
      .flatMap((name) => prototype[name] ?? [])
      .filter((method) => Reflect.hasMetadata(METHOD_METADATA, method));
  }
}

function refusalOf(request: FastifyRequest, { accepted, words }: RouteCredentials): Error | undefined {
  const presented = presentedCredentials(request.headers);
  try {
    assertPlausible(presented, accepted);
    return undefined;
  } catch (error) {
    return reworded(error, words, presented.length > 0) as Error;
  }
}

function methodOf({ method }: FastifyRequest): string {
  return method === 'HEAD' ? 'GET' : method;
}

function routeNames(handler: Handler, controller: object): string[] {
  const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod];
  return pathsOf(controller).flatMap((start) => pathsOf(handler).map((end) => `${method} ${joined(start, end)}`));
}

function pathsOf(declaring: object): string[] {
  const paths = Reflect.getMetadata(PATH_METADATA, declaring) as string | string[];
  return Array.isArray(paths) ? paths : [paths];
}

/** As the router names it: one slash before each part, none behind the last. */
function joined(...paths: string[]): string {
  const parts = paths.flatMap((path) => path.split('/')).filter((part) => part !== '');
  return `/${parts.join('/')}`;
}
