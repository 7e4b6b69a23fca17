"""The application of docs/for-consumers.md, with its blocklist, as it stands there."""
import importlib.util
import json
import os
import sys


def load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


load("signet_auth", sys.argv[1])
load("signet_blocklist", os.environ["BLOCKLIST_MODULE"])
app = load("app", os.environ["BLOCKLIST_APP"])
client = app.app.test_client()
print("ready", flush=True)
for line in sys.stdin:
    token = json.loads(line)["token"]
    answer = client.get("/read", headers={"Authorization": f"Bearer {token}"})
    print(json.dumps({"status": answer.status_code}), flush=True)
