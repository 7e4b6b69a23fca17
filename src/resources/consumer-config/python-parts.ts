import type { Consumer } from './consumer.js';
import { python } from './literals.js';

/** Seconds for which keys serve on when none can be fetched; where they may be kept for long, once more as long. */
const STALE_AFTER = 3600;

/**
 * What the Python libraries leave to their users, alike for each: constants, keys by `kid`, and whether a
 * token is still good. Standard library only.
 *
 * PyJWT's own PyJWKClient fetches the set once more for each unknown `kid` and without a time limit: a
 * stranger's tokens would make everybody wait for Signet.
 *
 * @param key an expression that makes the library's key out of `jwk`.
 */
export function pythonBasics(consumer: Consumer, key: string): string {
  const { issuer, audience, jwksUri, introspectionUri, algorithms } = consumer;
  const { jwksMaxAge, leeway, maxLifetime } = consumer;
  return String.raw`ISSUER = ${python(issuer)}
AUDIENCE = ${python(audience)}
JWKS_URL = ${python(jwksUri)}
INTROSPECTION_URL = ${python(introspectionUri)}
ALGORITHMS = ${python(algorithms)}
LEEWAY = ${leeway}  # seconds
MAX_LIFETIME = ${maxLifetime}  # seconds
TIMEOUT = 3  # seconds

# Of a service account that may ask about these tokens; see the notes.
CLIENT_ID = os.environ["SIGNET_CLIENT_ID"]
CLIENT_SECRET = os.environ["SIGNET_CLIENT_SECRET"]


class TokenRefused(Exception):
    """The token is not good: answer 401."""


class SignetUnavailable(Exception):
    """Whether the token is good cannot be known now: answer 503, never 200."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments):
        return None  # credentials go to Signet and nowhere else


_opener = urllib.request.build_opener(_NoRedirect)


def _ask(request):
    try:
        with _opener.open(request, timeout=TIMEOUT) as response:
            return json.load(response)
    except (OSError, ValueError, http.client.HTTPException) as error:
        logging.getLogger(__name__).warning("Signet cannot be asked: %s", error)
        raise SignetUnavailable("Signet cannot be asked") from error


class KeySet:
    """Signet's public keys: kept for MAX_AGE, and fetched once in PAUSE at the most, whatever kids arrive.

    Without an answer those from before serve on, until STALE_AFTER: one of them may have been withdrawn.
    """

    MAX_AGE = ${jwksMaxAge}
    STALE_AFTER = ${Math.max(STALE_AFTER, 2 * jwksMaxAge)}
    PAUSE = 10

    def __init__(self):
        self._keys = {}
        self._tried_at = float("-inf")
        self._fetched_at = float("-inf")
        self._lock = threading.Lock()

    def find(self, kid):
        """(algorithm, key); None when there is none of that id."""
        with self._lock:
            now = time.monotonic()
            age = now - self._tried_at
            if age >= self.MAX_AGE or (kid not in self._keys and age >= self.PAUSE):
                self._tried_at = now
                self._fetch(now)
            if not self._keys or now - self._fetched_at > self.STALE_AFTER:
                raise SignetUnavailable("The keys of Signet could not be fetched")
            return self._keys.get(kid)

    def _fetch(self, now):
        try:
            jwks = _ask(JWKS_URL)
            self._keys = {
                jwk["kid"]: (jwk["alg"], ${key})
                for jwk in jwks["keys"]
                if jwk.get("use") == "sig" and jwk.get("alg") in ALGORITHMS and "kid" in jwk
            }
            self._fetched_at = now
        except Exception as error:  # whatever is wrong with the set: the keys from before are better for a while
            logging.getLogger(__name__).warning("The keys of Signet cannot be fetched: %r", error)


KEYS = KeySet()


def key_for(header):
    """(algorithm, key) for the header of a token. Nothing is verified yet."""
    kid = header.get("kid")
    # Only access tokens; and whoever ignores "crit" must not accept it (RFC 7515 4.1.11).
    if header.get("typ") != "at+jwt" or "crit" in header or not isinstance(kid, str):
        raise TokenRefused("not an access token")
    found = KEYS.find(kid)
    if found is None or header.get("alg") != found[0]:
        raise TokenRefused("not signed with a key of Signet")
    return found


def check_claims(claims):
    """What the library does not check: that claims are there and of their types, and the lifetime."""
    times = (claims.get("iat"), claims.get("exp"))
    texts = (claims.get("iss"), claims.get("aud"), claims.get("sub"), claims.get("jti"))
    if (
        not all(type(value) is int for value in times)
        or not all(isinstance(value, str) for value in texts)
        or not isinstance(claims.get("scope"), str)
        or not isinstance(claims.get("roles"), list)
        or not 0 < times[1] - times[0] <= MAX_LIFETIME
    ):
        raise TokenRefused("claims are missing or wrong")


def is_active(token):
    """Whether the token was not revoked (RFC 7662). One round trip to Signet for each call."""
    quote = urllib.parse.quote
    client = f"{quote(CLIENT_ID, safe='')}:{quote(CLIENT_SECRET, safe='')}"
    request = urllib.request.Request(
        INTROSPECTION_URL,
        data=urllib.parse.urlencode({"token": token}).encode(),
        headers={"Authorization": "Basic " + base64.b64encode(client.encode()).decode()},
    )
    answer = _ask(request)
    if not isinstance(answer, dict) or not isinstance(answer.get("active"), bool):
        raise SignetUnavailable("Signet gave an answer that is none")
    return answer["active"]`;
}

/** What `pythonBasics` imports. */
export const PYTHON_IMPORTS = `import base64
import http.client
import json
import logging
import os
import threading
import time
import urllib.parse
import urllib.request`;
