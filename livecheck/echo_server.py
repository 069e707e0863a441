"""Answers every GET with the headers it came with, as JSON: `python3 echo_server.py PORT [ADDRESS]`.

Runs on the run's own server, so it needs the standard library of an old Python 3 and nothing else.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Echo(BaseHTTPRequestHandler):
    """One request, one JSON object: {"headers": {lower-case name: value}}."""

    def do_GET(self) -> None:
        """Repeated headers are joined with a comma and a space."""
        seen = {name.lower(): ", ".join(self.headers.get_all(name) or []) for name in self.headers}
        body = json.dumps({"headers": seen}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    HTTPServer((sys.argv[2] if len(sys.argv) > 2 else "", int(sys.argv[1])), Echo).serve_forever()
