"""Flask-JWT-Extended, in a Flask application."""
import importlib.util
import json
import sys

from flask import Flask, jsonify, request
from flask_jwt_extended import get_jwt_identity

spec = importlib.util.spec_from_file_location("signet_auth", sys.argv[1])
signet_auth = importlib.util.module_from_spec(spec)
spec.loader.exec_module(signet_auth)

app = Flask(__name__)
signet_auth.init_signet(app)


runs = []


@app.route("/read", methods=["GET", "OPTIONS"])
@signet_auth.requires("read")
def read():
    runs.append(request.method)
    return jsonify(sub=get_jwt_identity())


client = app.test_client()
print("ready", flush=True)
for line in sys.stdin:
    sent = json.loads(line)
    headers = {"Authorization": f"Bearer {sent['token']}"} if "token" in sent else {}
    runs.clear()
    answer = client.open("/read", method=sent.get("method", "GET"), headers=headers)
    print(json.dumps({"status": answer.status_code, "runs": runs}), flush=True)
