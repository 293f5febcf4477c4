"""Holds an answer to an OpenAPI description: its status, content type, headers and body have to be described, member by member."""

import copy
import re

import jsonschema

# What HTTP itself refuses, and bugs: of any operation, the `default` answer.
OF_HTTP = {405, 408, 417, 431, 501, 505}


def close(node):
    """An object that does not say otherwise has no members but those it names."""
    if isinstance(node, dict):
        if "properties" in node and node.get("type") == "object":
            node.setdefault("additionalProperties", False)
        for value in node.values():
            close(value)
    elif isinstance(node, list):
        for value in node:
            close(value)


class Spec:
    def __init__(self, document):
        self.document = copy.deepcopy(document)
        close(self.document)
        self.seen = set()      # (method, path, status) that an answer came with
        self.compared = 0
        self.resolver = jsonschema.RefResolver.from_schema(self.document)

    def find(self, node):
        while "$ref" in node:
            _, node = self.resolver.resolve(node["$ref"])
        return node

    def operations(self):
        """{(method, path): operation}"""
        methods = ("get", "post", "put", "patch", "delete")
        return {(m.upper(), p): item[m] for p, item in self.document["paths"].items() for m in methods if m in item}

    def described(self):
        return {(m, p, s) for (m, p), o in self.operations().items() for s in o["responses"] if s != "default"}

    def template_of(self, path):
        """The path that describes this one; a literal goes before a parameter, and a slash at the end makes no difference."""
        bare = path.partition("?")[0].rstrip("/")
        found = []
        for template in self.document["paths"]:
            pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template.rstrip("/")))
            if re.fullmatch(pattern, bare):
                found.append(template)
        return min(found, key=lambda t: t.count("{"), default=None)

    def problems(self, schema, value):
        errors = jsonschema.Draft202012Validator(schema, resolver=self.resolver).iter_errors(value)
        return ["/".join(map(str, e.absolute_path)) + ": " + e.message for e in errors]

    def check(self, method, path, answer):
        """Raises AssertionError where the answer is not as described."""
        template = self.template_of(path)
        where = f"{method} {path} {answer.status} {answer.text[:300]!r}"
        if template is None:
            raise AssertionError(where + ": no such path is described")
        operation = self.operations().get(("GET" if method == "HEAD" else method, template))
        if operation is None:      # another method: the answer of any operation there
            operation = {"responses": {"default": {"$ref": "#/components/responses/Other"}}}
        responses = operation["responses"]
        status = str(answer.status)
        if status not in responses and answer.status not in OF_HTTP:
            raise AssertionError(where + ": this status is not described")
        response = self.find(responses.get(status, responses["default"]))
        self.check_headers(where, response, answer)
        if method != "HEAD":
            self.check_body(where, response, answer)
        self.compared += 1
        self.seen.add((method, template, status))

    def check_headers(self, where, response, answer):
        headers = {name: self.find(header) for name, header in response.get("headers", {}).items()}
        for name, header in headers.items():
            value = answer.headers.get(name)
            if value is None:
                if header.get("required"):
                    raise AssertionError(f"{where}: header {name} is missing")
                continue
            if header["schema"].get("type") == "integer":
                value = int(value)
            if found := self.problems(header["schema"], value):
                raise AssertionError(f"{where}: header {name}: {found}")
        for status, name in ((429, "Retry-After"), (503, "Retry-After"), (405, "Allow"), (401, "WWW-Authenticate")):
            if answer.status == status and (name not in headers or name not in answer.headers):
                raise AssertionError(f"{where}: no header {name}, or it is not described")

    def check_body(self, where, response, answer):
        content = response.get("content")
        if content is None:
            if answer.text or answer.type:
                raise AssertionError(where + ": a body that is not described")
            return
        bare = answer.type.partition(";")[0]
        kind = next((k for k in (answer.type, bare) if k in content), None)
        if kind is None:
            raise AssertionError(f"{where}: content type {answer.type!r} is not described")
        value = answer.json if "json" in kind else answer.text
        if found := self.problems(content[kind]["schema"], value):
            raise AssertionError(f"{where}: {found}")

    def examples(self):
        """(where, schema, value) of every example of a body."""
        def of(content, where):
            for kind, media in content.items():
                for name, example in media.get("examples", {}).items():
                    yield f"{where} {kind} {name}", media["schema"], example["value"]
        for (method, path), operation in self.operations().items():
            bodies = [operation["requestBody"]] if "requestBody" in operation else []
            for part in [*bodies, *operation["responses"].values()]:
                yield from of(self.find(part).get("content", {}), f"{method} {path}")
