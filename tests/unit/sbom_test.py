"""The list of parts that scripts/sbom writes names every library that the programs are linked with, as dpkg knows it."""
import json
import os
import re
import subprocess
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.environ["OTP_BUILD_DIR"]
PROGRAMS = {"otp-worker", "otp-verify", "otpctl", "otp-sandbox"}


def sbom(**environment):
    done = subprocess.run([os.path.join(ROOT, "scripts", "sbom"), BUILD], env={**os.environ, **environment},
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


class Sbom(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.document = sbom(SOURCE_DATE_EPOCH="1700000000")
        cls.packages = {one["name"]: one for one in cls.document["packages"]}

    def test_is_an_spdx_document_of_the_four_programs(self):
        self.assertEqual((self.document["spdxVersion"], self.document["dataLicense"], self.document["SPDXID"]),
                         ("SPDX-2.3", "CC0-1.0", "SPDXRef-DOCUMENT"))
        self.assertEqual(self.document["creationInfo"]["created"], "2023-11-14T22:13:20Z")
        described = {one["relatedSpdxElement"] for one in self.document["relationships"] if one["relationshipType"] == "DESCRIBES"}
        self.assertEqual(described, {"SPDXRef-" + name for name in PROGRAMS})

    def test_every_library_that_a_program_names_itself_is_linked_in_the_list(self):
        links = {(one["spdxElementId"], one["relatedSpdxElement"]) for one in self.document["relationships"]
                 if one["relationshipType"] == "DYNAMIC_LINK"}
        for name, library, package in (("otp-worker", "libpq.so.5", "libpq5"), ("otp-worker", "libssl.so.3", "libssl3"),
                                       ("otp-verify", "libsystemd.so.0", "libsystemd0"), ("otpctl", "libtomlplusplus.so.3", "libtomlplusplus3"),
                                       ("otp-worker", "libphonenumber.so.8", "libphonenumber8")):
            needed = subprocess.run(["readelf", "-d", os.path.join(BUILD, "bin", name)], capture_output=True, text=True, check=True).stdout
            self.assertIn(library, needed)
            self.assertIn(("SPDXRef-" + name, "SPDXRef-" + package), links)

    def test_names_debians_version_of_each(self):
        for name in sorted(set(self.packages) - PROGRAMS):
            shown = subprocess.run(["dpkg-query", "-W", "-f=${Version}\n", name], capture_output=True, text=True, check=True).stdout
            self.assertIn(self.packages[name]["versionInfo"], shown.splitlines(), name)
            self.assertRegex(self.packages[name]["externalRefs"][0]["referenceLocator"], rf"^pkg:deb/debian/{re.escape(name)}@[^ +]+\?arch=\w+$")

    def test_has_the_headers_that_are_compiled_in(self):
        self.assertLessEqual({"libboost1.81-dev", "rapidjson-dev"}, set(self.packages))

    def test_every_id_is_unique_and_every_relation_leads_somewhere(self):
        ids = [one["SPDXID"] for one in self.document["packages"]]
        self.assertEqual(len(ids), len(set(ids)))
        for one in self.document["relationships"]:
            self.assertIn(one["relatedSpdxElement"], ids)
            self.assertIn(one["spdxElementId"], [*ids, "SPDXRef-DOCUMENT"])
            self.assertRegex(one["spdxElementId"], r"^SPDXRef-[A-Za-z0-9.-]+$")

    def test_is_the_same_for_the_same_programs(self):
        self.assertEqual(sbom(SOURCE_DATE_EPOCH="1700000000"), self.document)


if __name__ == "__main__":
    unittest.main()
