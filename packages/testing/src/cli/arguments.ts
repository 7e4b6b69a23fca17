import type { MockIssuerOptions } from '../mock/mock-issuer.js';
import type { MockAlgorithm } from '../mock/mock-keys.js';
import type { TokenRequest } from '../mock/token-request.js';
import type { LiveOptions } from '../probe/live-tokens.js';
import type { SourceProbeOptions } from '../probe/probe.js';
import { BadUsage, OptionReader } from './option-reader.js';

/** What both modes take. */
interface Common {
  readonly probe: Omit<SourceProbeOptions, 'tokens'>;
  readonly json: boolean;
}

/** Against a mock issuer on a port of this machine. */
export interface MockRun extends Common {
  readonly mode: 'mock';
  readonly port: number;
  readonly audience: string;
  readonly issuer: MockIssuerOptions;
  readonly token: TokenRequest;
  /** For how many seconds to wait until the service answers at all. */
  readonly patience: number;
}

/** With tokens of a real Signet. */
export interface LiveRun extends Common {
  readonly mode: 'live';
  readonly live: LiveOptions;
}

type Environment = Readonly<Record<string, string | undefined>>;

const OF_MOCK = ['port', 'audience', 'algorithm', 'roles', 'wait-for-service'] as const;
const OF_LIVE = [
  'client-id',
  'client-secret-file',
  'resource',
  'other-resource',
  'refresh-token-file',
  'wait-for-expiry',
] as const;
const ALGORITHMS: readonly MockAlgorithm[] = ['ES256', 'ES384', 'RS256', 'PS256'];

/** Reads the command line. @throws BadUsage */
export function readArguments(argv: readonly string[], env: Environment): MockRun | LiveRun {
  const reader = new OptionReader(argv);
  const [mode, ...more] = reader.words;
  if ((mode !== 'mock' && mode !== 'live') || more.length > 0)
    throw new BadUsage('Say "mock" or "live" first');
  reader.refuse(mode === 'mock' ? OF_LIVE : OF_MOCK, mode);
  return mode === 'mock' ? mockRun(reader) : liveRun(reader, env);
}

function mockRun(reader: OptionReader): MockRun {
  return {
    mode: 'mock',
    ...common(reader),
    port: reader.port(),
    audience: reader.need('audience'),
    issuer: given({
      issuer: reader.find('issuer'),
      algorithm: algorithmOf(reader.find('algorithm')),
    }),
    token: given({ scope: reader.find('scope'), roles: reader.find('roles')?.split(',') }),
    patience: reader.duration('wait-for-service') ?? 0,
  };
}

function liveRun(reader: OptionReader, env: Environment): LiveRun {
  const clientSecret = reader.file('client-secret-file') ?? env['SIGNET_CLIENT_SECRET'] ?? '';
  if (clientSecret === '')
    throw new BadUsage('SIGNET_CLIENT_SECRET or --client-secret-file is missing');
  return {
    mode: 'live',
    ...common(reader),
    live: {
      issuer: reader.need('issuer'),
      clientId: reader.need('client-id'),
      clientSecret,
      resource: reader.need('resource'),
      ...given({
        otherResource: reader.find('other-resource'),
        scope: reader.find('scope'),
        refreshToken: reader.file('refresh-token-file'),
        maxWait: reader.duration('wait-for-expiry'),
      }),
    },
  };
}

function common(reader: OptionReader): Common {
  const url = reader.need('url');
  if (!URL.canParse(url)) throw new BadUsage('--url must be a URL');
  return {
    json: reader.has('json'),
    probe: {
      url,
      headers: Object.fromEntries(reader.all('header').map(headerOf)),
      knownGaps: reader.all('known-gap'),
      ...given({
        method: reader.find('method'),
        body: reader.find('body'),
        timeout: reader.duration('timeout'),
        revocationBound: reader.duration('revocation-bound'),
      }),
    },
  };
}

function algorithmOf(name: string | undefined): MockAlgorithm | undefined {
  const algorithm = ALGORITHMS.find((each) => each === name);
  if (algorithm === undefined && name !== undefined)
    throw new BadUsage(`--algorithm must be one of ${ALGORITHMS.join(', ')}`);
  return algorithm;
}

function headerOf(line: string): readonly [string, string] {
  const [, name, value] = /^([\w-]+):\s*(.*)$/.exec(line) ?? [];
  if (name === undefined || value === undefined)
    throw new BadUsage('--header must read "Name: value"');
  return [name, value];
}

/** The members that are there: an optional member may be absent, never undefined. */
function given<T extends object>(members: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const present = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as { [K in keyof T]?: NonNullable<T[K]> }; // just those
}
