"""Holds every answer to /openapi.json: its path, status, media type and schema.

Called by the client for each answer, so that every test checks the document as well."""

import json
import re
import urllib.parse

import jsonschema

DASHBOARD = re.compile(r"/(assets/[^/]*)?$")
PROBLEM = "#/components/schemas/Problem"


class Contract:
    def __init__(self, document):
        self.document = document
        self.resolver = jsonschema.RefResolver.from_schema(document)
        self.validators = {}
        self.paths = sorted(
            ((re.compile(_pattern(path) + "$"), path) for path in document["paths"]),
            key=lambda row: row[1].count("{"))

    def check(self, method, target, answer, body=None):
        """Raises AssertionError when the document does not allow this answer, or does not allow
        the request that was taken. `body`: what was sent as JSON."""
        path = target.split("?")[0]
        if DASHBOARD.match(path) and answer.status < 400:
            return
        item = self.find(path)
        if item is None:
            self.check_problem(answer, (401, 404))
        elif method == "OPTIONS":
            assert answer.status == 204, f"OPTIONS {path} answered {answer.status}"
        elif ("get" if method == "HEAD" else method.lower()) not in self.document["paths"][item]:
            self.check_problem(answer, (405,))
        else:
            verb = "get" if method == "HEAD" else method.lower()
            self.check_operation(verb, item, answer, method == "HEAD")
            if answer.status < 300 and b'"errors":[{' not in answer.body:
                self.check_request(verb, item, target, body)

    def check_request(self, verb, item, target, body):
        """What the server takes must be what the document says it takes."""
        operation = self.document["paths"][item][verb]
        what = f"the request {verb.upper()} {target[:80]}"
        known = {row["name"] for row in operation["parameters"] if row["in"] == "query"}
        given = {name for name, _ in urllib.parse.parse_qsl(target.partition("?")[2], True)}
        assert given <= known, f"{what} was taken with {given - known}"
        if body:
            assert "requestBody" in operation, f"{what} was taken with a body"
            self.validate(_pointer("paths", item, verb, "requestBody", "content",
                                   "application/json", "schema"), json.loads(body), what)

    def find(self, path):
        for pattern, item in self.paths:
            if pattern.match(path):
                return item
        return None

    def check_operation(self, method, item, answer, is_head):
        responses = self.document["paths"][item][method]["responses"]
        what = f"{method.upper()} {item} {answer.status}"
        if str(answer.status) not in responses:
            assert answer.status >= 400, f"{what} is not in openapi.json"
            self.check_problem(answer, None, is_head)
            return
        content = responses[str(answer.status)].get("content")
        if content is None:
            assert not answer.body, f"{what} has a body"
            return
        media = answer.headers.get("content-type", "").split(";")[0]
        assert media in content, f"{what} is {media or 'without a media type'}"
        if is_head or media in ("text/plain", "text/csv", "application/x-ndjson"):
            return
        self.validate(_pointer("paths", item, method, "responses", str(answer.status), "content",
                               media, "schema"), answer.json, what)

    def check_problem(self, answer, statuses, is_head=False):
        assert statuses is None or answer.status in statuses, \
            f"answered {answer.status}, not one of {statuses}"
        media = answer.headers.get("content-type")
        assert media == "application/problem+json", f"{answer.status} came as {media}"
        if is_head:
            return
        problem = answer.json
        self.validate(PROBLEM, problem, f"problem {answer.status}")
        assert problem["status"] == answer.status, "the problem's status is another"
        assert problem["error"]["code"] == problem["code"], "the two codes differ"
        assert problem["request_id"] == answer.headers["x-request-id"], "the request ids differ"

    def validate(self, pointer, value, what):
        if pointer not in self.validators:
            jsonschema.Draft202012Validator.check_schema(self.resolver.resolve(pointer)[1])
            self.validators[pointer] = jsonschema.Draft202012Validator(
                {"$ref": pointer}, resolver=self.resolver)
        for error in self.validators[pointer].iter_errors(value):
            place = "/".join(str(part) for part in error.absolute_path)
            raise AssertionError(f"{what}: {place}: {error.message[:300]}")


def _pointer(*parts):
    """A JSON pointer as a URI fragment (RFC 6901, section 6)."""
    return "#/" + "/".join(urllib.parse.quote(part.replace("~", "~0").replace("/", "~1"), "~")
                           for part in parts)


def _pattern(path):
    return "".join("[^/:]+" if part.startswith("{") else re.escape(part)
                   for part in re.split(r"(\{[^}]*\})", path))


def load(text):
    return Contract(json.loads(text))
