"""The workflows for Gitea and Forgejo: what they may, what they run, and what a request cannot bring along."""

import os
import re
import shutil
import subprocess
from base64 import b64decode
from gzip import decompress
from pathlib import Path

import pytest
import yaml

from forge.seeding import VERDICT
from mtlsedge.commands.forge import STATUSES, HostKind
from tests.unit.settings_sample import PROJECT

FORGE = PROJECT / ".gitea"
WORKFLOWS = sorted([*(FORGE / "workflows").glob("*.yml"), *(FORGE / "deployments").glob("*.yml")])
FAKE = """#!/bin/sh
echo "{\\"stack\\": \\"$1\\"}" >"$3/$1.json"
exit "$(cat "$2")"
"""


def jobs(file: Path) -> dict:
    return yaml.safe_load(file.read_text())["jobs"]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_nothing_is_put_into_a_script_and_no_action_is_needed(file):
    """Expressions stand in the environment only, no step uses an action, and a job gets the rights that it names."""
    assert yaml.safe_load(file.read_text())["permissions"] == {}
    for job in jobs(file).values():
        assert job["timeout-minutes"] <= 60
        for step in job["steps"]:
            assert "uses" not in step and "${{" not in step["run"]


FETCHING = [
    (file, number) for file in WORKFLOWS for number, job in enumerate(jobs(file).values()) if "fetch" in str(job)
]
SLEEP = """#!/bin/sh
[ "$1" = 0 ] || mv "{away}" "{place}" 2>/dev/null || true
"""


@pytest.mark.parametrize(("file", "number"), FETCHING, ids=lambda one: getattr(one, "stem", str(one)))
def test_a_forge_that_is_restarted_meanwhile_is_asked_again(file, number, tmp_path):
    """A repository that is not there at first is fetched once it is; one that never comes ends the job."""
    place, away, job = tmp_path / "acme" / "edge", tmp_path / "away", tmp_path / "job"
    job.mkdir()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "sleep").write_text(SLEEP.format(away=away, place=place))
    (tmp_path / "bin" / "sleep").chmod(0o755)
    script = next(step["run"] for step in list(jobs(file).values())[number]["steps"] if "fetch" in step["run"])
    environment = {
        "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "GITHUB_SERVER_URL": f"file://{tmp_path}", "JUDGE": "main",
        "GITHUB_REPOSITORY": "acme/edge", "PROJECT": "acme/edge", "HEAD": "refs/heads/main", "LOCAL_KUBECONFIG": "",
    }  # fmt: skip
    line = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script]
    place.parent.mkdir()
    assert subprocess.run(line, cwd=job, env=environment, check=False, capture_output=True, timeout=60).returncode
    for words in (
        ["init", "-q", "-b", "main"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x", "--allow-empty"],
    ):
        away.mkdir(exist_ok=True)
        subprocess.run(["git", *words], cwd=away, check=True, timeout=60)
    shutil.rmtree(job)
    job.mkdir()
    done = subprocess.run(line, cwd=job, env=environment, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert not away.exists() and list(job.glob("*/.git"))


def test_no_night_job_takes_the_place_of_a_deployment_that_waits():
    """Of the runs that wait in a group a host keeps the newest alone: each workflow has a group of its own, and cancels none that runs."""
    found = [yaml.safe_load(file.read_text())["concurrency"] for file in (FORGE / "deployments").glob("*.yml")]
    assert len(found) > 2 and len({one["group"] for one in found}) == len(found)
    assert not any(one["cancel-in-progress"] for one in found)


@pytest.mark.parametrize("folder", [".gitea", ".github"])
def test_the_job_with_the_requests_program_has_no_secret_and_the_verdict_none_of_its_code(folder):
    """The preview may read; the second job, which may comment, takes the default branch's code alone: of the request it
    knows number and commit, as data.
    """
    document = yaml.safe_load((PROJECT / folder / "workflows" / "preview.yml").read_text())
    assert list(document[True]) == ["pull_request_target"], "the file would be the request's own"
    preview, verdict = document["jobs"].values()
    assert preview["permissions"] == {"contents": "read"}
    text = yaml.safe_dump(preview)
    assert "secrets." not in text and "github.token" not in text
    steps = [{**step, "env": {**step.get("env", {}), "COMMIT": "", "NUMBER": ""}} for step in verdict["steps"]]
    assert "pull_request" not in yaml.safe_dump(steps) and "secrets." not in yaml.safe_dump(verdict)
    assert verdict["if"] == "${{ always() }}", "a preview that was cut off must be red, not skipped"


def test_the_verdict_that_a_merge_needs_is_the_one_that_is_set():
    """The forge names a job's status by workflow, job and event; the protection asks for exactly that."""
    document = yaml.safe_load((FORGE / "workflows" / "preview.yml").read_text())
    (event,) = document[True]  # YAML reads the key `on` as a truth value
    assert f"{document['name']} / verdict ({event})" == VERDICT
    assert not re.search(r"[*?\[{]", VERDICT), "a pattern would be satisfied by other statuses"
    github = yaml.safe_load((PROJECT / ".github" / "workflows" / "preview.yml").read_text())
    assert github["jobs"]["verdict"]["name"] == STATUSES[HostKind.GITHUB], "GitHub names a check by the job"


def test_the_stacks_secrets_are_in_the_second_repository_only():
    """The workflows of the project know one secret, which starts a deployment."""
    texts = "".join(file.read_text() for file in (FORGE / "workflows").glob("*.yml"))
    assert set(re.findall(r"secrets\.(\w+)", texts)) == {"START_TOKEN"}


@pytest.mark.parametrize(("statuses", "worst"), [((0, 0), 0), ((0, 3), 3), ((1, 0), 1), ((2, 1), 2)])
def test_previews_hand_over_every_stack_and_end_with_the_worst(tmp_path, statuses, worst):
    """Two stacks in one job: both findings are in its output, and one that fails makes the job fail."""
    folder, out = tmp_path / "scripts", tmp_path / "out"
    folder.mkdir()
    out.mkdir()
    (folder / "preview-stacks.sh").write_bytes((PROJECT / "scripts" / "preview-stacks.sh").read_bytes())
    (folder / "preview.sh").write_text(FAKE)
    (folder / "preview.sh").chmod(0o755)
    for name, status in zip("ab", statuses, strict=True):
        (tmp_path / f"{name}.json").write_text(str(status))
    done = subprocess.run(
        ["bash", folder / "preview-stacks.sh", tmp_path, out, "a", "b"],
        env={"PATH": os.environ["PATH"], "GITHUB_OUTPUT": str(tmp_path / "output")},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == worst, done.stderr
    name, _, packed = (tmp_path / "output").read_text().strip().partition("=")
    assert name == "findings"
    assert decompress(b64decode(packed)).decode().split() == ['{"stack":', '"a"}', '{"stack":', '"b"}']
    assert (out / "findings").read_text() == packed


BIG = """#!/bin/sh
head -c 300000 /dev/urandom | base64 >"$3/$1.json"
"""


def _shard(folder: Path, names: list[str], preview: str = FAKE, **variables: str) -> "subprocess.CompletedProcess[str]":
    """One job's previews of these stacks, each with a verdict that is green; its output is in `output`."""
    scripts = folder / "scripts"
    scripts.mkdir(parents=True)
    for name in ("preview-stacks.sh", "shards.sh"):
        (scripts / name).write_bytes((PROJECT / "scripts" / name).read_bytes())
        (scripts / name).chmod(0o755)
    (scripts / "preview.sh").write_text(preview)
    (scripts / "preview.sh").chmod(0o755)
    for name in names:
        (folder / f"{name}.json").write_text("0")
    return subprocess.run(
        [scripts / "preview-stacks.sh", folder, folder / "out", *names],
        env={"PATH": os.environ["PATH"], "GITHUB_OUTPUT": str(folder / "output"), **variables},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize("jobs_", [1, 2, 3, 5])
def test_every_stack_is_previewed_by_one_of_the_jobs_beside_each_other(tmp_path, jobs_):
    """The stacks of each job are those that the verdict takes from it; with more jobs than stacks some have none."""
    names, every = ["d", "a", "c", "b"], list(range(1, jobs_ + 1))
    for number in every:
        done = _shard(tmp_path / str(number), names, SHARD=str(number), SHARDS=str(every))
        assert done.returncode == 0, done.stderr
        name, _, packed = (tmp_path / str(number) / "output").read_text().strip().partition("=")
        previewed = re.findall(r'"(\w)"', decompress(b64decode(packed)).decode())
        assert (name, previewed) == (f"findings_{number}", sorted(names[number - 1 :: jobs_]))


@pytest.mark.parametrize(
    ("shard", "shards"), [("3", "[1, 2]"), ("0", "[1, 2]"), ("1", "[1, 3]"), ("1", "2"), ("1", ""), ("x[$(id)]", "[1]")]
)
def test_a_job_that_is_none_of_them_previews_nothing(tmp_path, shard, shards):
    """Numbers that do not count the jobs would leave stacks out: it ends with an error that names the variable."""
    done = _shard(tmp_path, ["a", "b"], SHARD=shard, SHARDS=shards)
    assert done.returncode == 2 and "SHARD" in done.stderr and not (tmp_path / "output").exists()


def test_the_workflow_has_an_output_for_each_job_that_may_be():
    """As many as `shards.sh` allows, each handed to the verdict, which reads the same list as the matrix is."""
    document = yaml.safe_load((FORGE / "workflows" / "preview.yml").read_text())
    preview, verdict = document["jobs"].values()
    assert document["env"]["SHARDS"] == str(preview["strategy"]["matrix"]["shard"])
    (most,) = re.findall(r"^MOST=(\d+)", (PROJECT / "scripts" / "shards.sh").read_text(), re.MULTILINE)
    assert list(preview["outputs"]) == [f"findings_{number}" for number in range(1, int(most) + 1)]
    handed = verdict["steps"][-1]["env"]
    assert all(handed[name.upper()] == f"${{{{ needs.preview.outputs.{name} }}}}" for name in preview["outputs"])


def test_findings_that_the_next_job_cannot_take_are_not_handed_on(tmp_path):
    """A variable that is too long would end the verdict's job before it says anything: there is none, and the log says why."""
    done = _shard(tmp_path, ["a"], BIG)
    assert (tmp_path / "output").read_text() == "findings=\n" and "SHARDS" in done.stderr


WAITING = """#!/bin/sh
: >"$3/began-$1"
for _ in $(seq 600); do [ "$(ls "$3" | grep -c began-)" -lt 2 ] || break; sleep 0.1; done
[ "$(ls "$3" | grep -c began-)" -ge 2 ] && echo "$1 saw another" && [ "$1" != b ] || exit 3
"""


def test_previews_run_at_the_same_time_and_print_in_order(tmp_path):
    """Each of two previews waits until the other has begun; what they print comes in the order of the stacks. One that is
    killed is none.
    """
    folder, out = tmp_path / "scripts", tmp_path / "out"
    folder.mkdir()
    (folder / "preview-stacks.sh").write_bytes((PROJECT / "scripts" / "preview-stacks.sh").read_bytes())
    (folder / "preview.sh").write_text(WAITING)
    (folder / "preview.sh").chmod(0o755)
    line = ["bash", str(folder / "preview-stacks.sh"), str(tmp_path), str(out), "b", "a", "c"]
    environment = {"PATH": os.environ["PATH"], "MTLSEDGE_PREVIEWS_AT_ONCE": "2"}
    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout.splitlines() == ["b saw another", "a saw another", "c saw another"]
    assert done.returncode == 3
    (folder / "preview.sh").write_text("#!/bin/sh\nkill -9 $PPID\n")
    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2


def test_no_stack_named_is_no_green_preview(tmp_path):
    """A variable that is not set must not make a request pass unseen."""
    done = subprocess.run(
        ["bash", PROJECT / "scripts" / "preview-stacks.sh", tmp_path, tmp_path],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2 and "STACKS" in done.stderr


@pytest.mark.parametrize(
    ("first", "told"), [("", "FIRST_STACKS"), ("other", "FIRST_STACKS"), ("development", "FIRST_STACKS")]
)
def test_a_missing_snapshot_is_no_first_stack(tmp_path, first, told):
    """Without a snapshot there is nothing to compare with: only a stack named as never deployed is previewed as new."""
    done = subprocess.run(
        ["bash", PROJECT / "scripts" / "preview.sh", "dev", tmp_path / "dev.json", tmp_path / "out"],
        env={"PATH": os.environ["PATH"], "FIRST_STACKS": first},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2 and told in done.stderr
