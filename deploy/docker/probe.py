#!/opt/winnow/bin/python -IS
"""`probe PORT/PATH`: exit 0 if this container answers 200 there. Slim images have no curl.

Runs every few seconds in each container, so it imports no more than it needs.
"""

import sys
from http.client import HTTPConnection, HTTPException

port, _, path = sys.argv[1].partition("/")
connection = HTTPConnection("127.0.0.1", int(port), timeout=2)
try:
    connection.request("GET", "/" + path)
    answer = connection.getresponse()
    told = answer.read(2000).decode("utf-8", "replace").strip()
except (OSError, HTTPException) as error:
    sys.exit(f"no answer: {error}")
if answer.status != 200:
    sys.exit(told)  # `docker inspect` shows it: /readyz names what is wrong
