import type { Template } from './consumer.js';
import { php } from './literals.js';
import { ONLY_PARSED, libraryNotes, cannotDecrypt, unknownTo } from './notes.js';

/** firebase/php-jwt 6 or 7. */
export const phpJwt: Template = (consumer) => {
  const { issuer, audience, jwksUri, introspectionUri, algorithms } = consumer;
  const { jwksMaxAge, leeway, maxLifetime } = consumer;
  return {
    filename: 'signet_auth.php',
    install: "composer require 'firebase/php-jwt:^6.4 || ^7.0' guzzlehttp/guzzle symfony/cache",
    code: String.raw`<?php

declare(strict_types=1);

// Verifies Signet's access tokens with php-jwt.
//
//     require __DIR__ . '/vendor/autoload.php';
//     require __DIR__ . '/signet_auth.php';
//     $claims = Signet\verify($token); // or TokenRefused (401), SignetUnavailable (503)

namespace Signet;

use Firebase\JWT\CachedKeySet;
use Firebase\JWT\JWT;
use GuzzleHttp\Client;
use GuzzleHttp\Psr7\HttpFactory;
use GuzzleHttp\Psr7\Request;
use Psr\Http\Client\ClientExceptionInterface;
use Psr\Http\Client\ClientInterface;
use Psr\Http\Message\RequestInterface;
use Psr\Http\Message\ResponseInterface;
use Symfony\Component\Cache\Adapter\FilesystemAdapter;

const ISSUER = ${php(issuer)};
const AUDIENCE = ${php(audience)};
const JWKS_URL = ${php(jwksUri)};
const INTROSPECTION_URL = ${php(introspectionUri)};
const ALGORITHMS = ${php(algorithms)};
const LEEWAY = ${leeway}; // seconds
const MAX_LIFETIME = ${maxLifetime}; // seconds
const JWKS_MAX_AGE = ${jwksMaxAge}; // seconds; without it, php-jwt keeps the keys for ever

/** The token is not good: answer 401. */
final class TokenRefused extends \RuntimeException
{
}

/** Whether the token is good cannot be known now: answer 503, never 200. */
final class SignetUnavailable extends \RuntimeException
{
}

/** An HTTP client for which an answer that is not 200 is none, and never a key set. */
final class Http implements ClientInterface
{
    public function sendRequest(RequestInterface $request): ResponseInterface
    {
        try {
            $client = new Client(['timeout' => 3, 'connect_timeout' => 3, 'allow_redirects' => false]);
            $response = $client->sendRequest($request);
        } catch (ClientExceptionInterface $error) {
            throw new SignetUnavailable('Signet cannot be asked', 0, $error);
        }
        if ($response->getStatusCode() !== 200) {
            throw new SignetUnavailable('Signet answered ' . $response->getStatusCode());
        }
        return $response;
    }
}

/** The claims of an access token for this resource that is good now. */
function verify(string $token): \stdClass
{
    $claims = decode($token);
    if (!is_active($token)) {
        throw new TokenRefused('revoked');
    }
    return $claims;
}

/** Whether the scope of a token's claims has the action. */
function grants(\stdClass $claims, string $action): bool
{
    return in_array($action, explode(' ', $claims->scope), true);
}

function decode(string $token): \stdClass
{
    JWT::$leeway = LEEWAY;
    $header = new \stdClass();
    try {
        // A new object for each token: one that lives on keeps its keys, whatever the cache forgets.
        $claims = JWT::decode($token, keys(), $header);
    } catch (SignetUnavailable $error) {
        throw $error;
    } catch (\Throwable $error) {
        throw new TokenRefused('not a token of Signet', 0, $error);
    }
    $lifetime = is_int($claims->exp ?? null) && is_int($claims->iat ?? null) ? $claims->exp - $claims->iat : 0;
    $isOurs =
        // php-jwt looks at none of these.
        ($header->typ ?? null) === 'at+jwt' &&
        !isset($header->crit) &&
        in_array($header->alg, ALGORITHMS, true) &&
        ($claims->iss ?? null) === ISSUER &&
        ($claims->aud ?? null) === AUDIENCE &&
        is_string($claims->sub ?? null) &&
        is_string($claims->jti ?? null) &&
        is_string($claims->scope ?? null) &&
        is_array($claims->roles ?? null) &&
        $lifetime > 0 &&
        $lifetime <= MAX_LIFETIME &&
        $claims->iat <= time() + LEEWAY;
    if (!$isOurs) {
        throw new TokenRefused('not an access token for this resource');
    }
    return $claims;
}

function keys(): CachedKeySet
{
    static $cache = null;
    // Not in the folder for temporary files: whoever else writes there could put keys of theirs into it.
    $cache ??= new FilesystemAdapter('signet', JWKS_MAX_AGE, environment('SIGNET_CACHE_DIR'));
    // The last argument limits how often unknown kids make it ask.
    return new CachedKeySet(JWKS_URL, new Http(), new HttpFactory(), $cache, JWKS_MAX_AGE, true);
}

/** Whether the token was not revoked (RFC 7662). One round trip to Signet for each call. */
function is_active(string $token): bool
{
    $client = urlencode(environment('SIGNET_CLIENT_ID')) . ':' . urlencode(environment('SIGNET_CLIENT_SECRET'));
    $response = (new Http())->sendRequest(new Request('POST', INTROSPECTION_URL, [
        'Authorization' => 'Basic ' . base64_encode($client),
        'Content-Type' => 'application/x-www-form-urlencoded',
    ], http_build_query(['token' => $token])));
    $answer = json_decode((string) $response->getBody());
    if (!is_object($answer) || !is_bool($answer->active ?? null)) {
        throw new SignetUnavailable('Signet gave an answer that is none');
    }
    return $answer->active;
}

/** Set by whoever runs this; see the notes. */
function environment(string $name): string
{
    $value = getenv($name);
    if ($value === false || $value === '') {
        throw new \LogicException($name . ' is not set');
    }
    return $value;
}
`,
    notes: [
      ONLY_PARSED,
      'Needs PHP 8.1. The granted actions are in $claims->scope (Signet\\grants($claims, "read")); the roles are $claims->roles.',
      'Set SIGNET_CACHE_DIR to a folder that only the user of the web server can write, and that is not served: the keys are kept there.',
      'CachedKeySet keeps keys without end unless it is told otherwise, and asks again for each unknown kid: JWKS_MAX_AGE and the rate limit (ten a minute) are not optional.',
      'php-jwt refuses a whole key set for one key that it does not know, or that has no "alg". Signet’s set has none such.',
      ...unknownTo('php-jwt', consumer, ['ES256', 'ES384', 'RS256']),
      ...libraryNotes(consumer),
      ...cannotDecrypt(consumer, 'decrypt them before, with web-token/jwt-library for instance'),
    ],
  };
};
