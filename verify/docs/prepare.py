"""prepare.py OPENAPI.YAML VIEWERS OUT: the files that verify/docs/embedded.cpp takes into the program. The description
becomes JSON; a viewer that was not fetched becomes an empty file, and its page says so."""

import json
import os
import sys

import yaml


class Loader(yaml.SafeLoader):
    """Times stay the texts that they are in JSON."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


# The only thing that a viewer would load from elsewhere: a logo, whose place stays empty.
FROM_ELSEWHERE = ("https://cdn.redoc.ly/redoc/logo-mini.svg", "data:,")


def main(described, viewers, out):
    os.makedirs(out, exist_ok=True)
    with open(described, encoding="utf-8") as file:
        document = yaml.load(file, Loader)
    with open(os.path.join(out, "openapi.json"), "w", encoding="utf-8") as file:
        json.dump(document, file, ensure_ascii=False, separators=(",", ":"))
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "redoc.standalone.js"):
        source, target = os.path.join(viewers, name), os.path.join(out, name)
        if os.path.exists(source):
            with open(source, encoding="utf-8") as file:
                text = file.read().replace(*FROM_ELSEWHERE)
        else:
            text = ""
        with open(target, "w", encoding="utf-8") as file:
            file.write(text)


main(*sys.argv[1:])
