import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import type { Consumer } from './consumer.js';
import { PYTHON_IMPORTS, pythonBasics } from './python-parts.js';

const CONSUMER: Consumer = {
  issuer: 'https://id.example.com',
  audience: 'https://billing.example.com',
  jwksUri: 'https://id.example.com/.well-known/jwks.json',
  introspectionUri: 'https://id.example.com/oauth/introspect',
  algorithms: ['ES256'],
  jwksMaxAge: 300,
  leeway: 5,
  maxLifetime: 3600,
  isEncrypted: false,
};

/** Signet and the clock stand in the script's hand. */
const STAND_IN = `
now = 0
answer = {"keys": [{"kid": "good", "alg": "ES256", "use": "sig"}]}

def _ask(_url):
    if answer is None:
        raise SignetUnavailable("Signet cannot be asked")
    return answer

time.monotonic = lambda: now
logging.disable()

def found(kid):
    try:
        return KEYS.find(kid) is not None
    except SignetUnavailable:
        return "unavailable"
`;

/** What the lines of the script print, as JSON; values are for the printed code to have. */
function run(script: string, consumer = CONSUMER): unknown {
  const environment =
    'import os\nos.environ.update(SIGNET_CLIENT_ID="x", SIGNET_CLIENT_SECRET="x")';
  const basics = pythonBasics(consumer, 'jwk["kid"]');
  const code = [environment, PYTHON_IMPORTS, basics, STAND_IN, script].join('\n');
  return JSON.parse(execFileSync('python3', ['-'], { input: code }).toString());
}

describe('the keys of the printed Python code', () => {
  const outage = `
results = [found("good")]
answer = None
for now in TIMES:
    results.append(found("good"))
answer = {"keys": [{"kid": "next", "alg": "ES256", "use": "sig"}]}
now += 400
results += [found("next"), found("good")]
print(json.dumps(results))`;

  it('serve on for an hour without Signet, and no longer', () => {
    const script = outage.replace('TIMES', '[3600, 3601, 3700]');
    expect(run(script)).toEqual([true, true, 'unavailable', 'unavailable', true, false]);
  });

  it('serve on for as long again where they may be kept for longer', () => {
    const script = outage.replace('TIMES', '[14400, 14401]');
    const kept = { ...CONSUMER, jwksMaxAge: 7200 };
    expect(run(script.replace('+= 400', '+= 8000'), kept)).toEqual([
      true,
      true,
      'unavailable',
      true,
      false,
    ]);
  });

  it.each([
    '{"kid": "other", "alg": "ES256"}',
    '{"kid": "other", "use": "sig"}',
    '{"alg": "ES256", "use": "sig"}',
    '{"kid": "other", "alg": "RS256", "use": "sig"}',
  ])('are taken beside one that is of no use: %s', (other) => {
    const script = `answer["keys"].insert(0, ${other})
print(json.dumps([found("good"), found("other")]))`;
    expect(run(script)).toEqual([true, false]);
  });
});
