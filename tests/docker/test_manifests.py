"""The compose file and the Kubernetes manifests against their schemas, and what ties them to the rest of the tree.

compose: the schema of the compose specification, which check-jsonschema carries. Kubernetes: the schemas of its own
release, which kubernetes-validate carries; a RayJob's pods are checked as pods. No package carries KubeRay's schema, so
that the fields of `ray.io/v1` around the pods stand here, as KubeRay 1.2 to 1.7 document them.
"""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from easyr1.constraints import DEVICES, PYTHONS, constraints_file, read_constraints

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker" / "compose.yaml"
RAYJOB = ROOT / "docker" / "rayjob.yaml"
yaml = pytest.importorskip("yaml")

JOB = {
    "submissionMode": str,
    "entrypoint": str,
    "backoffLimit": int,
    "activeDeadlineSeconds": int,
    "shutdownAfterJobFinishes": bool,
    "ttlSecondsAfterFinished": int,
    "suspend": bool,
    "metadata": dict,
    "rayClusterSpec": dict,
    "runtimeEnvYAML": str,
    "submitterPodTemplate": dict,
}
"""Fields of a RayJob's spec that a manifest of ours may have, with their types."""
MODES = {"K8sJobMode", "HTTPMode", "SidecarMode", "InteractiveMode"}
CLUSTER = {"rayVersion": str, "headGroupSpec": dict, "workerGroupSpecs": list, "enableInTreeAutoscaling": bool}
HEAD = {"rayStartParams": dict, "template": dict, "serviceType": str}
WORKERS = {
    "groupName": str,
    "replicas": int,
    "minReplicas": int,
    "maxReplicas": int,
    "rayStartParams": dict,
    "template": dict,
}


def check_fields(values: dict[str, Any], fields: dict[str, type], *required: str) -> None:
    """Every field is known and of its type, and the required ones are there."""
    assert set(values) <= set(fields), set(values) - set(fields)
    assert set(required) <= set(values)
    for name, value in values.items():
        assert type(value) is fields[name], name


@pytest.fixture(scope="module")
def manifests() -> dict[str, Any]:
    """The manifests of the RayJob's file by their kinds."""
    return {one["kind"]: one for one in yaml.safe_load_all(RAYJOB.read_text())}


@pytest.fixture(scope="module")
def groups(manifests: dict[str, Any]) -> dict[str, Any]:
    """Head and worker group."""
    cluster = manifests["RayJob"]["spec"]["rayClusterSpec"]
    (workers,) = cluster["workerGroupSpecs"]
    return {"head": cluster["headGroupSpec"], "workers": workers}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load(COMPOSE.read_text()))


@pytest.mark.skipif(find_spec("check_jsonschema") is None, reason="needs check-jsonschema")
def test_compose_fits_its_schema(tmp_path: Path) -> None:
    def check(file: Path) -> int:
        command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(file)]
        return subprocess.run(command, capture_output=True, timeout=60).returncode

    assert check(COMPOSE) == 0
    wrong = tmp_path / "compose.yaml"
    wrong.write_text(COMPOSE.read_text().replace("shm_size: ${SHM_SIZE:-4gb}", "shared_memory: 4gb"))
    assert check(wrong) != 0


def test_compose_gives_gpus_to_training_alone(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"train", "cpu"}
    (device,) = compose["services"]["train"]["deploy"]["resources"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "count": "all", "capabilities": ["gpu"]}
    assert "deploy" not in compose["services"]["cpu"]
    for name, service in compose["services"].items():
        assert service["shm_size"] and service["stop_signal"] == "SIGINT"
        assert (ROOT / "docker" / service["build"]["context"] / service["build"]["dockerfile"]).samefile(
            ROOT / "docker" / f"{name}.Dockerfile"
        )


def test_keys_come_from_the_shell_and_stand_nowhere(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert {"WANDB_API_KEY", "HF_TOKEN"} <= set(service["environment"])
        assert not [name for name in service["environment"] if "=" in name], "a value would stand in the file"
        assert not [name for name in service["build"]["args"] if "KEY" in name or "TOKEN" in name]


def test_volumes_are_where_the_image_has_folders_for_them(compose: dict[str, Any]) -> None:
    dockerfile = (ROOT / "docker" / "train.Dockerfile").read_text()
    runs, models = compose["services"]["train"]["volumes"]
    assert runs["target"] == f"{re.search('^WORKDIR (.*)$', dockerfile, re.MULTILINE)[1]}/runs"  # type: ignore[index]
    assert models.rpartition(":")[2] in dockerfile


@pytest.mark.skipif(find_spec("kubernetes_validate") is None, reason="needs kubernetes-validate")
def test_pods_and_volume_fit_the_schemas_of_kubernetes(manifests: dict[str, Any], groups: dict[str, Any]) -> None:
    import kubernetes_validate

    def check(manifest: dict[str, Any]) -> None:
        kubernetes_validate.validate(manifest, "1.32", strict=True)

    check(manifests["PersistentVolumeClaim"])
    for group in groups.values():
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod"}, "spec": group["template"]["spec"]}
        check(pod)
        (container,) = group["template"]["spec"]["containers"]
        wrong = {**pod, "spec": {**pod["spec"], "containers": [{**container, "shm_size": "1Gi"}]}}
        with pytest.raises(kubernetes_validate.ValidationError):
            check(wrong)


def test_the_job_has_known_fields_alone(manifests: dict[str, Any], groups: dict[str, Any]) -> None:
    job = manifests["RayJob"]
    assert set(job) == {"apiVersion", "kind", "metadata", "spec"} and job["apiVersion"] == "ray.io/v1"
    check_fields(job["spec"], JOB, "entrypoint", "submissionMode", "rayClusterSpec")
    assert job["spec"]["submissionMode"] in MODES
    check_fields(job["spec"]["rayClusterSpec"], CLUSTER, "rayVersion", "headGroupSpec", "workerGroupSpecs")
    check_fields(groups["head"], HEAD, "rayStartParams", "template")
    check_fields(groups["workers"], WORKERS, "groupName", "minReplicas", "maxReplicas", "template")
    for group in groups.values():
        assert all(type(value) is str for value in group["rayStartParams"].values()), "KubeRay takes strings alone"


def test_the_head_has_no_gpu_and_each_worker_what_ray_is_told(groups: dict[str, Any]) -> None:
    assert groups["head"]["rayStartParams"]["num-gpus"] == "0"
    (head,) = groups["head"]["template"]["spec"]["containers"]
    (worker,) = groups["workers"]["template"]["spec"]["containers"]
    assert "nvidia.com/gpu" not in head["resources"]["limits"]
    for kind in ("requests", "limits"):
        assert worker["resources"][kind]["nvidia.com/gpu"] == groups["workers"]["rayStartParams"]["num-gpus"]


def test_the_job_says_how_many_nodes_there_are(manifests: dict[str, Any], groups: dict[str, Any]) -> None:
    words = dict(word.split("=", 1) for word in manifests["RayJob"]["spec"]["entrypoint"].split() if "=" in word)
    workers = groups["workers"]
    assert workers["replicas"] == workers["minReplicas"] == workers["maxReplicas"] == int(words["trainer.nnodes"])
    assert words["hardware"] == "nodes" and words["experiment"]
    recipe = manifests["RayJob"]["spec"]["entrypoint"].split()[1]
    assert (ROOT / Path(recipe).relative_to("/opt/easyr1")).is_file()


def test_all_pods_share_the_folder_of_runs_and_have_shared_memory(
    manifests: dict[str, Any], groups: dict[str, Any]
) -> None:
    claim = manifests["PersistentVolumeClaim"]
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    (runs_dir,) = re.findall(r"runs_dir=(\S+)", manifests["RayJob"]["spec"]["entrypoint"])
    for group in groups.values():
        pod = group["template"]["spec"]
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        mounts = {mount["mountPath"]: volumes[mount["name"]] for mount in pod["containers"][0]["volumeMounts"]}
        assert mounts["/dev/shm"]["emptyDir"]["medium"] == "Memory"
        (shared,) = (volume for path, volume in mounts.items() if runs_dir.startswith(f"{path}/"))
        assert shared["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]


def test_keys_come_from_secrets_and_users_have_no_rights(groups: dict[str, Any]) -> None:
    for group in groups.values():
        pod = group["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        for variable in pod["containers"][0]["env"]:
            if re.search("KEY|TOKEN", variable["name"]):
                assert set(variable) == {"name", "valueFrom"} and "secretKeyRef" in variable["valueFrom"]


def test_the_version_of_ray_is_the_installed_one(manifests: dict[str, Any]) -> None:
    pinned = {read_constraints(constraints_file(device, python))["ray"] for device in DEVICES for python in PYTHONS}
    assert pinned == {manifests["RayJob"]["spec"]["rayClusterSpec"]["rayVersion"]}
