"""Flask-JWT-Extended, in a Flask application."""
import importlib.util
import json
import sys

from flask import Flask, jsonify
from flask_jwt_extended import get_jwt_identity

spec = importlib.util.spec_from_file_location("signet_auth", sys.argv[1])
signet_auth = importlib.util.module_from_spec(spec)
spec.loader.exec_module(signet_auth)

app = Flask(__name__)
signet_auth.init_signet(app)


@app.get("/read")
@signet_auth.requires("read")
def read():
    return jsonify(sub=get_jwt_identity())


client = app.test_client()
print("ready", flush=True)
for line in sys.stdin:
    token = json.loads(line)["token"]
    answer = client.get("/read", headers={"Authorization": f"Bearer {token}"})
    print(json.dumps({"status": answer.status_code}), flush=True)
