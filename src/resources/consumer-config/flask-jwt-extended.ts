import type { Template } from './consumer.js';
import { libraryNotes, cannotDecrypt } from './notes.js';
import { PYTHON_IMPORTS, pythonBasics } from './python-parts.js';

/** Flask-JWT-Extended 4. */
export const flaskJwtExtended: Template = (consumer) => ({
  filename: 'signet_auth.py',
  install: "pip install 'Flask-JWT-Extended>=4.4' 'PyJWT[crypto]>=2.6'",
  code: `"""Lets Flask-JWT-Extended take Signet's access tokens.

    from signet_auth import init_signet, requires
    init_signet(app)

    @app.get("/invoices")
    @requires("read")
    def invoices(): ...

init_signet(app) configures the extension; @requires() takes any good token, and @requires(*actions) one that
grants all of the actions. @jwt_required() works too, but runs the view for OPTIONS without a token. get_jwt() and get_jwt_identity() work as ever.
"""
${PYTHON_IMPORTS}
from functools import wraps

import jwt
from flask import current_app, jsonify, request
from flask_jwt_extended import JWTManager, get_jwt, verify_jwt_in_request

${pythonBasics(consumer, 'jwt.PyJWK(jwk).key')}


manager = JWTManager()


def init_signet(app):
    """Configures the extension for Signet; returns its JWTManager."""
    app.config.update(
        # The library wants one algorithm by name, though it only decodes here.
        JWT_ALGORITHM=ALGORITHMS[0],
        JWT_DECODE_ALGORITHMS=list(ALGORITHMS),
        JWT_DECODE_ISSUER=ISSUER,
        JWT_DECODE_AUDIENCE=AUDIENCE,
        JWT_DECODE_LEEWAY=LEEWAY,
        JWT_IDENTITY_CLAIM="sub",
        # Nowhere else: what is_revoked asks about must be what was verified.
        JWT_TOKEN_LOCATION=["headers"],
        JWT_HEADER_NAME="Authorization",
        JWT_HEADER_TYPE="Bearer",
    )
    manager.init_app(app)
    app.register_error_handler(SignetUnavailable, lambda error: (jsonify(msg="Try again"), 503))
    return manager


def requires(*actions):
    """A good token whose scope has all of the actions; else 401 or 403."""

    def decorator(view):
        @wraps(view)
        def guarded(*args, **kwargs):
            # The library asks for no token on OPTIONS, so nothing of the view may run there.
            if request.method == "OPTIONS":
                return current_app.make_default_options_response()
            verify_jwt_in_request()
            if not set(actions) <= set(get_jwt()["scope"].split()):
                return jsonify(msg="The token does not allow this"), 403
            return current_app.ensure_sync(view)(*args, **kwargs)

        return guarded

    return decorator


@manager.decode_key_loader
def _key_of(header, _unverified_claims):
    try:
        return key_for(header)[1]
    except TokenRefused as error:
        raise jwt.InvalidTokenError(str(error)) from error


@manager.token_verification_loader
def _are_claims_fine(_header, claims):
    try:
        check_claims(claims)
        return True
    except TokenRefused:
        return False


@manager.token_in_blocklist_loader
def _is_revoked(_header, _claims):
    # The library shows the claims only. It takes the one "Bearer" part out of a list; here a list is none.
    parts = request.headers.get("Authorization", "").split()
    return len(parts) != 2 or parts[0] != "Bearer" or not is_active(parts[1])


@manager.unauthorized_loader
@manager.invalid_token_loader
def _refuse(_reason):
    # 401 and not 422, and no reason: it would help nobody but an attacker.
    return jsonify(msg="The access token is not valid"), 401, {"WWW-Authenticate": "Bearer"}


@manager.expired_token_loader
@manager.revoked_token_loader
@manager.token_verification_failed_loader
def _refuse_decoded(_header, _claims):
    return _refuse("")
`,
  notes: [
    'Signet’s tokens have no "type" and no "fresh" claim: the library takes every one for an access token that is not fresh. @jwt_required(refresh=True) and @jwt_required(fresh=True) therefore refuse all of them; to ask for a recent sign-in, look at get_jwt()["auth_time"].',
    'The library asks for no token on OPTIONS. @requires() answers such a request itself; a view that has only @jwt_required() and takes OPTIONS (methods=[..., "OPTIONS"], or a MethodView with options()) runs for anybody: use @requires(), with or without actions.',
    'The library does not look at the header’s "typ"; the key loader does, and refuses what is not at+jwt.',
    'Keys come by the kid of the token, through decode_key_loader: do not set JWT_PUBLIC_KEY, which is one key for ever.',
    'create_access_token() does not work in this configuration, and need not: Signet issues the tokens.',
    ...libraryNotes(consumer),
    ...cannotDecrypt(consumer, 'decrypt them before, with jwcrypto for instance'),
  ],
});
