"""Containers and manifests, as far as they can be looked at without an engine: what they name is there, and what protects them stands."""
import json
import os
import re
import subprocess
import unittest

import yaml

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BIN = os.path.join(os.environ["OTP_BUILD_DIR"], "bin")
PROGRAMS = {"otp-worker", "otp-verify", "otpctl", "otp-sandbox"}
PORTS = {"otp-worker": 9464, "otp-verify": 8080}
# Not ours, and not settings: of the images of others and of the service manager.
FOREIGN = {"POSTGRES_DB", "POSTGRES_PASSWORD", "RABBITMQ_DEFAULT_USER", "RABBITMQ_DEFAULT_PASS", "CREDENTIALS_DIRECTORY"}


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as text:
        return text.read()


KNOWN = dict(re.findall(r'known_setting\{\s*"([A-Z][A-Z0-9_]+)",\s*"[WVCS]+",\s*(?:"[^"]*"\s*)+(,\s*secret_one)?\}', read("common", "config", "known_settings.cpp")))
SECRET = {name for name, secret in KNOWN.items() if secret}


def is_setting(name):
    return name in KNOWN or (name.endswith("_FILE") and name[:-5] in SECRET)


class Reading(unittest.TestCase):
    def test_the_settings_are_read_as_they_stand_in_the_source(self):
        self.assertLessEqual({"AMQP_URL", "OTP_CODE_KEYS", "TWILIO_AUTH_TOKEN"}, SECRET)
        self.assertLessEqual({"OTP_LISTEN", "TWILIO_PHONE_NUMBER"}, set(KNOWN) - SECRET)


class Compose(unittest.TestCase):
    def services(self, name):
        every = yaml.safe_load(read("deploy", name))["services"]
        return {key: one for key, one in every.items() if "otp-worker" in one["image"] or "OTP_IMAGE" in one["image"]}

    def test_they_run_our_programs_with_settings_that_there_are(self):
        for name in ("compose.yaml", "compose.production.yaml"):
            for key, one in self.services(name).items():
                with self.subTest(file=name, service=key):
                    self.assertIn(one["command"][0], PROGRAMS)
                    for setting, value in one["environment"].items():
                        self.assertTrue(is_setting(setting), setting)
                        self.assertIsInstance(value, str, setting + " wants quotes: YAML takes it for something else")

    def test_every_service_of_ours_is_read_only_and_without_capabilities(self):
        for name in ("compose.yaml", "compose.production.yaml"):
            for key, one in self.services(name).items():
                with self.subTest(file=name, service=key):
                    self.assertIs(one["read_only"], True)
                    self.assertEqual(one["cap_drop"], ["ALL"])
                    self.assertEqual(one["security_opt"], ["no-new-privileges:true"])

    def test_in_production_secrets_are_files_and_resources_are_bounded(self):
        document = yaml.safe_load(read("deploy", "compose.production.yaml"))
        for key, one in self.services("compose.production.yaml").items():
            with self.subTest(service=key):
                self.assertEqual(one["user"], "10001:10001")
                for setting, value in one["environment"].items():
                    self.assertTrue(setting.endswith("_FILE") or setting not in SECRET, f"{setting} stands in the open")
                    secret = re.fullmatch(r"/run/secrets/(\w+)", value)
                    self.assertIn(secret[1], one["secrets"])
                    self.assertIn(secret[1], document["secrets"])
                # All in one place: newer versions of Compose refuse `pids_limit` beside limits there.
                self.assertLessEqual({"memory", "pids"}, set(one["deploy"]["resources"]["limits"]))
                self.assertNotIn("pids_limit", one)
        self.assertNotIn("code_keys", self.services("compose.production.yaml")["verify"]["secrets"])

    def test_in_production_there_is_a_command_that_purges(self):
        self.assertEqual(self.services("compose.production.yaml")["purge"]["command"][-1], "purge")

    def test_they_are_given_time_to_drain(self):
        for name in ("compose.yaml", "compose.production.yaml"):
            self.assertEqual(self.services(name)["worker"]["stop_grace_period"], "30s")

    def test_ports_and_paths_of_health_are_those_of_the_programs(self):
        for key, one in self.services("compose.production.yaml").items():
            if one["command"][0] != "otpctl":
                port = PORTS[one["command"][0]]
                self.assertEqual(one["healthcheck"]["test"][-1], f"http://127.0.0.1:{port}/livez")

    def test_the_development_stack_has_every_part(self):
        document = yaml.safe_load(read("deploy", "compose.yaml"))
        self.assertEqual(set(document["services"]), {"postgres", "rabbitmq", "migrate", "sandbox", "worker", "verify"})
        for one in document["services"].values():
            for other in one.get("depends_on", {}):
                self.assertIn(other, document["services"])
            for port in one.get("ports", []):
                self.assertTrue(port.startswith("127.0.0.1:"), port)

    def test_its_settings_start_the_programs(self):
        for key, one in self.services("compose.yaml").items():
            if key == "migrate":
                continue
            settings = {name: re.sub(r"\$\{\w+:-(\w+)\}", r"\1", value) for name, value in one["environment"].items()}
            done = subprocess.run([os.path.join(BIN, one["command"][0]), "--check-config"], cwd=ROOT,
                                  env={"OTP_LISTEN": "0.0.0.0:8080", **settings}, capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""), key)


class Image(unittest.TestCase):
    def setUp(self):
        self.text = read("Dockerfile")
        self.final = self.text[self.text.rindex("FROM "):]

    def test_it_runs_as_nobody_special_and_says_how_it_is(self):
        self.assertEqual(self.text.count("\nFROM "), 2)
        self.assertRegex(self.final, r"\nUSER 10001:10001\n")
        self.assertIn("HEALTHCHECK", self.final)
        self.assertNotIn("g++", self.final)
        exposed = re.search(r"^EXPOSE (.+)$", self.final, re.MULTILINE)[1].split()
        self.assertEqual(set(map(int, exposed)), set(PORTS.values()))

    def test_it_has_every_library_that_the_programs_are_linked_with(self):
        listed = set(re.findall(r"\b(lib[\w.+-]+)", self.final[self.final.index("apt-get install"):self.final.index("&& rm")]))
        sbom = json.loads(subprocess.run([os.path.join(ROOT, "scripts", "sbom"), os.environ["OTP_BUILD_DIR"]],
                                         capture_output=True, text=True, check=True).stdout)
        names = {one["SPDXID"]: one["name"] for one in sbom["packages"]}
        linked = {names[one["relatedSpdxElement"]] for one in sbom["relationships"] if one["relationshipType"] == "DYNAMIC_LINK"}
        sanitizers = {"libasan8", "libubsan1"}  # of a build for tests only, which brings an allocator of its own
        self.assertLessEqual(listed - {"libjemalloc2"} if linked & sanitizers else listed, linked)
        depends = subprocess.run(["apt-cache", "depends", "--recurse", "--no-recommends", "--no-suggests", "--no-conflicts", "--no-breaks",
                                  "--no-replaces", "--no-enhances", *sorted(listed)], capture_output=True, text=True, check=True).stdout
        brought = {line.strip() for line in depends.splitlines() if not line.startswith(" ")}
        self.assertLessEqual(linked - sanitizers, brought | {"libc6", "libgcc-s1"})

    def test_every_setting_that_it_sets_is_known(self):
        for line in re.findall(r"^ENV (OTP.+)$", self.text, re.MULTILINE):
            for setting in line.split():
                self.assertTrue(is_setting(setting.split("=")[0]), setting)


class Kubernetes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = os.path.join(ROOT, "deploy", "kubernetes")
        cls.custom = yaml.safe_load(read("deploy", "kubernetes", "kustomization.yaml"))
        cls.files = [name for name in os.listdir(folder) if name != "kustomization.yaml"]
        cls.all = [one for name in cls.files for one in yaml.safe_load_all(read("deploy", "kubernetes", name)) if one]
        cls.deployments = {one["metadata"]["name"]: one for one in cls.all if one["kind"] == "Deployment"}
        cls.pods = {one["metadata"]["name"]: one["spec"]["template"] for one in cls.all if one["kind"] in ("Deployment", "Job")}
        cls.crons = {one["metadata"]["name"]: one["spec"] for one in cls.all if one["kind"] == "CronJob"}
        cls.pods.update({name: one["jobTemplate"]["spec"]["template"] for name, one in cls.crons.items()})

    def of_kind(self, kind):
        return {one["metadata"]["name"]: one for one in self.all if one["kind"] == kind}

    def test_every_file_is_listed_but_the_example_of_secrets(self):
        self.assertEqual(set(self.custom["resources"]) | {"secrets.example.yaml"}, set(self.files))

    def test_they_stand_in_one_namespace(self):
        for one in self.all:
            if one["kind"] != "Namespace":
                self.assertEqual(one["metadata"]["namespace"], "otp", one["metadata"]["name"])

    def test_pods_are_confined(self):
        for name, pod in self.pods.items():
            with self.subTest(pod=name):
                spec = pod["spec"]
                self.assertIs(spec["automountServiceAccountToken"], False)
                self.assertIs(spec["securityContext"]["runAsNonRoot"], True)
                self.assertEqual(spec["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"})
                for one in spec["containers"]:
                    confined = one["securityContext"]
                    self.assertEqual((confined["allowPrivilegeEscalation"], confined["readOnlyRootFilesystem"], confined["capabilities"]),
                                     (False, True, {"drop": ["ALL"]}))
                    self.assertIn("memory", one["resources"]["limits"])
                    self.assertIn("cpu", one["resources"]["requests"])

    def test_they_run_our_programs_with_volumes_that_there_are(self):
        for name, pod in self.pods.items():
            volumes = {one["name"]: one for one in pod["spec"]["volumes"]}
            for one in pod["spec"]["containers"]:
                with self.subTest(pod=name):
                    self.assertIn(one["command"][0], PROGRAMS)
                    self.assertEqual(one["image"], self.custom["images"][0]["name"])
                    for setting in one.get("env", []):
                        self.assertTrue(is_setting(setting["name"]) or setting["name"] in FOREIGN, setting)
                    self.assertEqual({mount["name"] for mount in one["volumeMounts"]}, set(volumes))
                    self.assertTrue(all(mount["readOnly"] for mount in one["volumeMounts"]))
            self.assertIn(volumes["secrets"]["secret"]["secretName"], self.of_kind("Secret"))

    def test_secrets_hold_settings_that_are_secret_and_workers_alone_make_codes(self):
        for name, one in self.of_kind("Secret").items():
            for setting in one["stringData"]:
                self.assertIn(setting, SECRET, name)
            self.assertEqual("OTP_CODE_KEYS" in one["stringData"], name == "worker")

    def test_the_file_of_settings_is_one_that_the_programs_take(self):
        settings = self.of_kind("ConfigMap")["settings"]["data"]
        for line in re.findall(r"^(\w+) =", settings["otp.toml"], re.MULTILINE):
            self.assertIn(line.upper(), KNOWN)
        self.assertIn("/etc/otp-worker/limits.toml", settings["otp.toml"])

    def test_probes_ask_the_right_paths_at_a_port_of_the_container(self):
        for name, one in self.deployments.items():
            with self.subTest(deployment=name):
                container = one["spec"]["template"]["spec"]["containers"][0]
                ports = {port["name"]: port["containerPort"] for port in container["ports"]}
                self.assertEqual(list(ports.values()), [PORTS[container["command"][0]]])
                for probe, path in (("startupProbe", "/livez"), ("livenessProbe", "/livez"), ("readinessProbe", "/readyz")):
                    get = container[probe]["httpGet"]
                    self.assertEqual(get["path"], path)
                    self.assertIn(get["port"], ports)
                start = container["startupProbe"]
                self.assertGreater(start["periodSeconds"] * start["failureThreshold"], 60)
                self.assertGreater(container["readinessProbe"]["timeoutSeconds"], 5, "the database is given 5 s to answer")

    def test_they_are_replaced_without_a_gap(self):
        for name, one in self.deployments.items():
            self.assertEqual(one["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"], 0, name)
            self.assertGreaterEqual(one["spec"]["template"]["spec"]["terminationGracePeriodSeconds"], 30, name)

    def test_every_selector_selects_a_pod(self):
        labels = [pod["metadata"]["labels"] for pod in self.pods.values()]
        selectors = [one["spec"]["selector"] for one in self.of_kind("Service").values()]
        selectors += [one["spec"]["selector"]["matchLabels"] for kind in ("Deployment", "PodDisruptionBudget") for one in self.of_kind(kind).values()]
        selectors += [one["spec"]["podSelector"]["matchLabels"] for one in self.of_kind("NetworkPolicy").values() if one["spec"]["podSelector"]]
        self.assertGreaterEqual(len(selectors), 8)
        for selector in selectors:
            self.assertIn(selector, labels)

    def test_disruption_budgets_leave_somebody(self):
        budgets = self.of_kind("PodDisruptionBudget")
        self.assertEqual(set(budgets), set(self.deployments))
        self.assertLess(budgets["verify"]["spec"]["minAvailable"], self.deployments["verify"]["spec"]["replicas"])

    def test_every_pod_has_a_network_policy_and_the_rest_is_closed(self):
        policies = self.of_kind("NetworkPolicy")
        self.assertEqual(policies["nothing-else"]["spec"]["podSelector"], {})
        covered = {one["spec"]["podSelector"].get("matchLabels", {}).get("app") for one in policies.values()}
        self.assertLessEqual({pod["metadata"]["labels"]["app"] for pod in self.pods.values()}, covered)

    def test_what_is_old_is_purged_daily_and_once_at_a_time(self):
        purge = self.crons["purge"]
        self.assertEqual(self.pods["purge"]["spec"]["containers"][0]["command"][-1], "purge")
        self.assertRegex(purge["schedule"], r"^\d+ \d+ \* \* \*$")
        self.assertEqual(purge["concurrencyPolicy"], "Forbid")

    def test_workers_are_scaled_by_depth_and_age(self):
        scaled = self.of_kind("ScaledObject")["worker"]["spec"]
        self.assertIn(scaled["scaleTargetRef"]["name"], self.deployments)
        self.assertNotIn("replicas", self.deployments["worker"]["spec"], "two would say how many")
        by_type = {one["type"]: one for one in scaled["triggers"]}
        self.assertEqual(by_type["rabbitmq"]["metadata"]["queueName"], "otp.send")
        self.assertIn(by_type["rabbitmq"]["authenticationRef"]["name"], self.of_kind("TriggerAuthentication"))
        metric = re.search(r"otp_\w+", by_type["prometheus"]["metadata"]["query"])[0]
        self.assertIn(f'"{metric}"', read("worker", "worker_gauges.cpp"))
        self.assertGreater(scaled["maxReplicaCount"], scaled["minReplicaCount"])
        self.assertIn("fallback", scaled)
        self.assertEqual({one["metricType"] for one in scaled["triggers"]}, {"AverageValue"}, "KEDA before 2.18 falls back by no other")


if __name__ == "__main__":
    unittest.main()
