"""The settings: their reference, and how a wrong one stops the start."""

import os
import subprocess

from harness import BINARY, same, same_as_file

DOCUMENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/settings.md")
HEAD = """# Settings

Each has one name in four spellings: the setting, `--` and the setting as a flag, its environment
name, and the same name in `.env`. Flags win over the environment, that over `.env`, that over the
default. Written by `hark settings --markdown`.

"""


def _run(*arguments, **environment):
    return subprocess.run([BINARY[0], *arguments], capture_output=True, text=True, timeout=20,
                          cwd="/tmp", env={"PATH": os.environ["PATH"], **environment}, check=False)


def the_reference_in_the_docs_is_what_the_table_says(house):
    result = _run("settings", "--markdown")
    same(result.returncode, 0, "the exit code")
    same_as_file(HEAD + result.stdout, DOCUMENT)


def a_wrong_setting_stops_the_start_with_one_clear_line(house):
    folder = house.server.folder
    for environment, words in (
            ({"HARK_HTTP_PORT": "70000"}, ("http.port", "65535", "70000")),
            ({"HARK_HTTP_PORT": "http"}, ("http.port", "environment")),
            ({"HARK_LOG_LEVEL": "loud"}, ("log.level", "debug")),
            ({"HARK_NO_SUCH": "1"}, ("HARK_NO_SUCH", "no such setting")),
            ({"HARK_PRIVACY_REDACT": "perhaps"}, ("privacy.redact",)),
            ({"HARK_OUTBOUND_ALLOW": "10.0.0.1/8"}, ("outbound.allow", "10.0.0.1/8")),
            ({"HARK_OUTBOUND_PORTS": "443 0"}, ("outbound.ports", "65535")),
            ({"DATABASE_URL": "mysql://x"}, ("DATABASE_URL",)),
            ({"DATABASE_URL": "sqlite:"}, ("DATABASE_URL",))):
        result = _run("serve", **{"DATABASE_URL": f"sqlite:{folder}/other.db", **environment})
        assert result.returncode not in (0, -6, -11), result
        lines = [line for line in result.stderr.splitlines() if line]
        same(len(lines), 1, f"the number of lines for {environment}")
        for word in words:
            assert word in lines[0], lines[0]


def a_role_of_its_own_is_refused_where_the_file_has_one_owner(house):
    url = {"DATABASE_URL": f"sqlite:{house.server.folder}/role.db"}
    for result in (_run("serve", "--role", "worker", **url), _run("serve", "--role=api", **url),
                   _run("serve", "--serve.role=dashboard", **url),
                   _run("serve", HARK_ROLE="worker", **url)):
        same((result.returncode, len(result.stderr.splitlines())), (1, 1), f"{result}")
        assert "needs PostgreSQL" in result.stderr, result.stderr
    result = _run("serve", "--role", "king", **url)
    same(result.returncode, 2, "the exit code")
    assert "all, api, worker or dashboard" in result.stderr, result.stderr
    assert not os.path.exists(f"{house.server.folder}/role.db"), "a file was made"


def secrets_are_masked(house):
    result = _run("settings", API_KEY="a_canary_key", HARK_KEY_PEPPER="a_canary_pepper")
    assert "a_canary" not in result.stdout + result.stderr, result.stdout
    assert "api.key=********" in result.stdout, result.stdout
