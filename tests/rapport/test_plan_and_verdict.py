"""From a draft to a word somebody signs: the commands, their refusals, and what nobody can hide."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from etl.proof import sweep_of
from etl.proof_places import from_warehouse
from metrics.effects.lookwords import words as words_of_looks
from metrics.effects.snapshots import as_snapshot
from metrics.plan import Guardrail
from metrics.verdict import Role
from rapport.commands.audit import log_of
from rapport.commands.demo import plan_as_drafted
from rapport.config import load
from tests.metrics.released_rollouts import practice
from tests.metrics.rollouts import Practice, monday
from tests.rapport.small import Outcome, rapport, write
from warehouse.record import add_plan, add_snapshots, read_record
from warehouse.store import open_store


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A practice with a released history, a locked plan, and everything that followed; not to be changed."""
    config = made(tmp_path_factory.mktemp("practice"))
    assert run(config, "plan", "draft", "ai_scheduling").code == 0
    own(config)
    locked = run(config, "plan", "lock", "--by", "Bo Chen")
    assert locked.code == 0, locked.err
    return config


def made(folder: Path, **changes: pd.DataFrame) -> Path:
    config = write(folder)
    store = open_store(load(config).ingest.warehouse_url)
    practice(folder, store=store, **changes)  # type: ignore[arg-type]
    return config


def run(config: Path, *arguments: str) -> Outcome:
    return rapport(*arguments, "--config", str(config))


def own(config: Path, old: str = 'owner = ""', new: str = 'owner = "Ana Silva"') -> None:
    path = config.parent / "plan.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def copied(config: Path, folder: Path) -> Path:
    import shutil

    shutil.copytree(config.parent, folder, dirs_exist_ok=True)
    return folder / config.name


def test_the_numbers_of_a_locked_plan_are_taken_for_nobodys(whole: Path) -> None:
    settings = load(whole).ingest
    (plan,) = (source for source in from_warehouse(settings.warehouse_url) if source.where == "locked_plan.content")
    assert sweep_of(settings, [replace(plan, plan=False)]).found  # "1.518515" looks like a telephone number
    assert not sweep_of(settings, [plan]).found


def test_what_looks_like_an_identifier_in_the_words_of_a_plan_is_found(whole: Path) -> None:
    settings = load(whole).ingest
    (plan,) = (source for source in from_warehouse(settings.warehouse_url) if source.where == "locked_plan.content")
    (content,) = plan.texts
    for written in ("ana.silva@example.org", "416-555-0199"):
        texts = (content.replace("Ana Silva", written),)
        assert written in texts[0]
        assert sweep_of(settings, [replace(plan, texts=texts)]).found


def test_a_draft_says_what_can_be_told_and_is_not_written_over(tmp_path: Path) -> None:
    config = made(tmp_path)
    first = run(config, "plan", "draft", "ai_scheduling")
    assert first.code == 0
    assert "Slots lost after refill" in first.out
    assert "RETROSPECTIVE" in first.out
    again = run(config, "plan", "draft", "ai_scheduling")
    assert again.code == 2
    assert "is there already" in again.err
    misspelt = run(config, "plan", "draft", "ai_schedulng", "--force")
    assert (misspelt.code, misspelt.out) == (2, "")
    assert "Did you mean 'ai_scheduling'?" in misspelt.err
    early = run(config, "plan", "draft", "ai_scheduling", "--force", "--decision-on", "2020-01-01")
    assert early.code == 2
    assert "less than 12 weeks after the last go-live" in early.err
    unowned = run(config, "plan", "lock")
    assert unowned.code == 2
    assert 'write owner = "First Last"' in unowned.err


def test_the_demo_locks_the_plan_as_drafted_and_leaves_one_that_is_there(tmp_path: Path) -> None:
    config = made(tmp_path)
    plan_as_drafted(load(config))
    shown = run(config, "plan", "show")
    assert "ai_scheduling: locked" in shown.out
    assert "by Dana Example, retrospective" in shown.out
    assert run(config, "verdict").out.splitlines()[0].endswith("retrospective")
    before = (config.parent / "plan.toml").read_bytes()
    plan_as_drafted(load(config))
    assert (config.parent / "plan.toml").read_bytes() == before
    assert len(read_record(open_store(load(config).ingest.warehouse_url, read_only=True)).plans) == 1


def test_a_draft_for_days_to_come_proposes_them_and_says_better_ones(tmp_path: Path) -> None:
    config = made(tmp_path)
    found = run(config, "plan", "draft", "chat_bot", "--go-live", "s02=2027-03-01")
    assert found.code == 0
    assert "RETROSPECTIVE" not in found.out
    assert '"s02" = 2027-03-01' in (tmp_path / "plan.toml").read_text(encoding="utf-8")
    proposed = run(config, "plan", "draft", "chat_bot", "--force")
    assert proposed.code == 0
    assert (tmp_path / "plan.toml").read_text(encoding="utf-8").count(" = 2027-") >= 2
    for wrong, words in (("s9=2027-03-01", "There is no site 's9'"), ("s02", "no site and day"), ("s02=x", "no day")):
        refused = run(config, "plan", "draft", "chat_bot", "--force", "--go-live", wrong)
        assert refused.code == 2
        assert words in refused.err


def test_a_verdict_says_its_word_with_why_and_what_would_change_it(whole: Path) -> None:
    shown = run(whole, "verdict")
    assert shown.code == 0
    assert shown.out.startswith("HOLD, retrospective\n")
    assert "No guardrail on trust must hold" in shown.out
    told = run(whole, "verdict", "--json").json()
    assert told["word"] == "HOLD"
    assert told["retrospective"]
    assert [line["role"] for line in told["lines"]] == ["aim", *["watched"] * 5]
    assert told["lines"][0]["finding"] == "enhanced"
    assert told["lines"][0]["effect"]["design"] == "pooled_its"
    assert [one["look"] for one in told["history"]] == list(range(1, len(told["history"]) + 1))
    assert {one["owner"] for one in told["watched"]} == {"Ana Silva"}
    assert told["plan"]["locked_by"] == "Bo Chen"


def test_the_effect_of_a_whole_site_go_live_has_the_keys_of_a_contrast_and_more(whole: Path) -> None:
    told = run(whole, "effect", "ai_scheduling", "--metric", "no_show_rate", "--json").json()
    assert {"naive", "adjusted", "ratio", "design", "why", "component", "metric", "release"} <= set(told)
    assert told["adjusted"]["high"] < 0
    assert told["later"] == []
    plain = run(whole, "effect", "ai_scheduling")
    assert "adjusted: -" in plain.out
    assert "sites not yet live show season" in plain.out
    wrong = run(whole, "effect", "ai_scheduling", "--metric", "no_shows")
    assert wrong.code == 2
    assert "Did you mean 'no_show_rate'?" in wrong.err


def test_an_edit_after_the_lock_shows_and_a_change_is_locked_with_a_reason_only(whole: Path, tmp_path: Path) -> None:
    config = copied(whole, tmp_path)
    same = run(config, "plan", "lock", "--by", "Bo Chen")
    assert same.code == 2
    assert "locked already" in same.err
    own(config, "gain = 3", "gain = 2")
    told = "The gain of the aim slots_lost was 3.0 when the plan was locked and is 2.0 now."
    assert told in run(config, "verdict").out
    silent = run(config, "plan", "lock", "--by", "Bo Chen")
    assert silent.code == 2
    assert "--reason" in silent.err
    assert run(config, "plan", "lock", "--by", "Bo Chen", "--reason", "we hoped for less").code == 0
    assert told in run(config, "verdict", "--json").json()["deviations"]
    assert len(run(config, "plan", "show", "--json").json()) == 2


def test_a_broken_audit_log_makes_the_verdict_invalid(whole: Path, tmp_path: Path) -> None:
    config = copied(whole, tmp_path)
    log = load(config).ingest.data_dir / "audit" / "audit.jsonl"
    log.write_text(log.read_text(encoding="utf-8").replace("Bo Chen", "Bo Chan"), encoding="utf-8")
    told = run(config, "verdict", "--json").json()
    assert told["word"] == "INVALID"
    assert any("audit log" in fault for fault in told["broken"])


def test_a_plan_changed_in_the_warehouse_makes_the_verdict_invalid(whole: Path, tmp_path: Path) -> None:
    config = copied(whole, tmp_path)
    store = open_store(load(config).ingest.warehouse_url)
    with store.engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("""UPDATE locked_plan SET content = replace(content, '"gain":3.0', '"gain":1.0')""")
    assert run(config, "verdict", "--json").json()["word"] == "INVALID"


def test_only_what_lacks_a_signature_can_be_signed_and_overruling_needs_two(whole: Path, tmp_path: Path) -> None:
    config = copied(whole, tmp_path)
    for by, words in (("Cy Diaz", "nothing to sign"), ("Bo Chen", "locked the plan"), ("Cy", "first and last name")):
        refused = run(config, "verdict", "sign", "--by", by)
        assert refused.code == 2
        assert words in refused.err
    base = ("verdict", "overrule", "--to", "PROCEED", "--by", "Cy Diaz")
    alone = run(config, *base, "--second", "Cy Diaz", "--reason", "we know better than that")
    assert alone.code == 2
    assert run(config, *base, "--second", "Eva Fox", "--reason", "no").code == 2
    assert run(config, *base, "--second", "Eva Fox", "--reason", "a contract obliges us until June").code == 0
    shown = run(config, "verdict")
    assert shown.out.startswith("HOLD, retrospective\n")
    assert "Overruled to PROCEED by Cy Diaz and Eva Fox" in shown.out
    acts = read_record(open_store(load(config).ingest.warehouse_url)).acts
    assert [act["act"] for act in acts] == ["overruled"]


def test_a_safety_fact_exits_with_4_and_cannot_be_overruled(tmp_path: Path) -> None:
    fact = pd.DataFrame(
        [{"fact": "closed_by_automation", "happened": True, "says": "A signal was closed by a machine."}]
    )
    config = made(tmp_path, safety_fact=fact)
    shown = run(config, "verdict")
    assert shown.code == 4
    assert shown.out.startswith("HALT\n")
    refused = run(
        config, "verdict", "overrule", "--to", "HOLD", "--by", "A B", "--second", "C D", "--reason", "because we say so"
    )
    assert refused.code == 2


def test_without_a_release_or_plan_the_commands_say_so(tmp_path: Path) -> None:
    config = write(tmp_path)
    assert run(config, "verdict").code == 2
    assert run(config, "plan", "show").code == 2
    assert run(config, "plan", "lock").code == 2


def test_a_second_person_signs_what_is_only_watched_and_the_word_says_so(whole: Path, tmp_path: Path) -> None:
    """A plan whose looks show everything but one guardrail that is only watched, kept as `plan lock` and a look do."""
    config = copied(whole, tmp_path)
    configuration = load(config)
    store = open_store(configuration.ingest.warehouse_url)
    made_up = Practice(visits=400)
    watched = Guardrail("burnout", 8.0, Role.WATCHED, "half the distance", "Ana Silva")
    plan = made_up.plan()
    plan = replace(plan, component="chat_bot", guardrails=(*plan.guardrails, watched))
    looks = words_of_looks(made_up.panels(), plan, made_up.change, until=monday(140))
    entry = log_of(configuration).append("plan.locked", "Bo Chen", {"hash": plan.hash})
    told = {"hash": plan.hash, "content": plan.content, "component": "chat_bot", "locked_by": "Bo Chen", "reason": ""}
    add_plan(store, {**told, "audit_entry": entry.number, "audit_hash": entry.hash})
    add_snapshots(store, [as_snapshot(look, (), plan.hash, 1, "content") for look in looks])
    before = run(config, "verdict", "--json").json()
    assert before["word"] == "HOLD"
    assert "second person must sign" in before["why"][0]
    assert run(config, "verdict", "sign", "--by", "bo chen").code == 2
    signed = run(config, "verdict", "sign", "--by", "Cy Diaz")
    assert signed.code == 0
    assert signed.out.startswith("PROCEED, retrospective, 1 guardrail not provable at this size: ")
    after = run(config, "verdict", "--json").json()
    assert after["word"] == "PROCEED"
    assert after["signed"]["by"] == "Cy Diaz"
    assert "Watched by people" in after["summary"]
    assert "signed already" in run(config, "verdict", "sign", "--by", "Eva Fox").err
