"""Server-side request forgery: whatever URL a stranger gives, nothing inside is called."""

import json
import os
import subprocess
import sys

from harness import BINARY

SSRF = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "ssrf")
ROOMS = (["unshare", "--user", "--map-root-user", "--net", "--mount"],
         ["unshare", "--net", "--mount"])


def _room():
    """How a network of its own is made here, or None."""
    for room in ROOMS:
        if subprocess.run([*room, "ip", "link", "set", "lo", "up"], capture_output=True,
                          check=False).returncode == 0:
            return room
    return None


def no_url_leads_to_this_machine_or_a_private_network(house):
    room = _room()
    if room is None:
        house.skip("no network namespace can be made here (unshare --user --net)")
    result = subprocess.run([*room, sys.executable, "-B", os.path.join(SSRF, "attack.py"),
                             BINARY[0]], capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stderr[-3000:]
    came = json.loads(result.stdout.splitlines()[-1])
    assert came["dead"] == {}, f"called inside: {came['dead']}"
    assert came["tried"] >= 1500 and came["refused"] >= 1000, came
    assert came["honest"] >= 20, f"the honest address was not called: {came}"
