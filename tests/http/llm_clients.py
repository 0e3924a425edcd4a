"""The stand-in for the providers of language models speaks as their own packages expect it."""

import os
import shutil
import subprocess
import tempfile

from stand_in import StandIn

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../llm_clients")


def _install(house, folder):
    """The packages as the lock file has them."""
    if not shutil.which("npm") or not shutil.which("node"):
        house.skip("node and npm are not installed")
    for name in ("package.json", "package-lock.json", "clients.mjs"):
        shutil.copy(os.path.join(HERE, name), folder)
    result = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
                            cwd=folder, capture_output=True, text=True, timeout=180, check=False)
    if result.returncode != 0:
        house.skip("npm cannot install the packages: " + result.stderr.strip()[-200:])


def the_packages_of_openai_and_anthropic_understand_the_stand_in(house):
    with tempfile.TemporaryDirectory(prefix="hark-npm-") as folder, StandIn() as model:
        _install(house, folder)
        result = subprocess.run(["node", "clients.mjs", str(model.port)], cwd=folder,
                                capture_output=True, text=True, timeout=120, check=False)
        assert result.returncode == 0, result.stdout + result.stderr[-2000:]
        assert result.stdout.count("ok ") == 10, result.stdout
