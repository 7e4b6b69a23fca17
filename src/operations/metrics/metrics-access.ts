import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { SETTINGS } from '../../config/settings.js';
import type { Settings } from '../../config/settings.js';
import { NotFound } from '../../platform/http/problems.js';

/** What proxies add. Whoever they ask for is somewhere else, though the connection is from this machine. */
const FORWARDING_HEADERS = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'];

const LOOPBACK = /^(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$|^::1$/;

/** Lets the monitoring in. To everyone else there is nothing here. */
@Injectable()
export class MetricsAccess implements CanActivate {
  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers, socket } = context.switchToHttp().getRequest<FastifyRequest>();
    const { metricsToken } = this.settings;
    const allowed =
      metricsToken === undefined
        ? isFromHere(socket.remoteAddress, headers)
        : isSame(headers.authorization ?? '', `Bearer ${metricsToken}`);
    if (!allowed) throw new NotFound();
    return true;
  }
}

/** Whether the peer itself is on this machine and speaks for nobody else. */
export function isFromHere(peer: string | undefined, headers: IncomingHttpHeaders): boolean {
  return (
    LOOPBACK.test(peer ?? '') && FORWARDING_HEADERS.every((name) => headers[name] === undefined)
  );
}

/** Compares by digest, so that the time taken tells neither the content nor the length. */
function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
