"""A configuration that exports verify(token): python-jose, PyJWT."""
import importlib.util
import json
import sys

spec = importlib.util.spec_from_file_location("signet_auth", sys.argv[1])
signet_auth = importlib.util.module_from_spec(spec)
spec.loader.exec_module(signet_auth)


def status_of(token):
    try:
        claims = signet_auth.verify(token)
    except signet_auth.TokenRefused:
        return 401
    except signet_auth.SignetUnavailable:
        return 503
    return 200 if "read" in claims["scope"].split() else 403


print("ready", flush=True)
for line in sys.stdin:
    print(json.dumps({"status": status_of(json.loads(line)["token"])}), flush=True)
