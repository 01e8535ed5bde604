"""The command line: run, serve, ask, evaluate, knowledge, bench."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import SecretStr
from rich.console import Console
from rich.progress import Progress

from portal.settings import Settings, settings

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="Wegweiser")
knowledge_app = typer.Typer(no_args_is_help=True, help="The knowledge: check, import, export.")
app.add_typer(knowledge_app, name="knowledge")
staff_app = typer.Typer(no_args_is_help=True, help="Staff: the first administrator of an organisation.")
app.add_typer(staff_app, name="staff")
console = Console(stderr=True)


def prepared() -> tuple[Settings, Path]:
    """Settings with a secret, vectors of all phrasings and a model that is not stale."""
    from portal import house

    s = settings()
    s = s.model_copy(update={"bot_secret": SecretStr(house.secret(s))})
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("Reading the knowledge", total=None)

        def progress(done: int, total: int) -> None:
            if done <= 64 < total:
                console.print(f"Reading {total} sentences of the knowledge, once; about {total // 50} s …")
            bar.update(task, completed=done, total=total)

        house.embed(s, progress)
    trained = house.model()
    if trained is None:
        console.print("Training the dialogue; about half a minute …")
        trained = house.train(s)
    return s, trained


@app.command()
def run() -> None:
    """Start Rasa and the portal; Ctrl-C ends both."""
    from portal import house
    from portal.supervisor import Supervisor

    if house.taken(settings().host, settings().port):
        sys.exit(f"Port {settings().port} is taken. End the other program, or choose: WEGWEISER_PORT=8001 make run")
    s, trained = prepared()
    if house.taken("127.0.0.1", s.bot_port):
        s = s.model_copy(update={"bot_port": house.free_port()})

    async def main() -> None:
        supervisor = Supervisor(house.children(s, trained))
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sign, supervisor.stopping.set)
        async with supervisor.running():
            if not supervisor.stopping.is_set():
                print(f"\n  Wegweiser answers at http://{s.host}:{s.port}/   (Ctrl-C ends it)", flush=True)
                if s.demonstrating:
                    print(f"  Staff desk, as one of the demo people: http://{s.host}:{s.port}/staff\n", flush=True)
            await supervisor.stopping.wait()

    asyncio.run(main())


@app.command()
def prepare() -> None:
    """Vectors and model, so that the next start is quick."""
    _, trained = prepared()
    print(trained.name)


@app.command()
def serve() -> None:
    """The portal alone (what `run` starts)."""
    import uvicorn

    from portal.app import create
    from portal.collector import settle

    s = settings()
    uvicorn.run(
        create(s, loaded=settle),
        host=s.host,
        port=s.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
        server_header=False,
    )


@app.command()
def ask(
    question: str,
    lang: Annotated[str, typer.Option(help="language of the reader")] = "en",
    role: Annotated[str | None, typer.Option(help="employer or worker")] = None,
) -> None:
    """One question, through the same path as the chat."""
    from portal import asking

    messages = asyncio.run(asking.once(prepared, question, lang, role))
    for m in messages:
        print(m["text"])
        for i, choice in enumerate(m.get("choices", []), 1):
            print(f"  [{i}] {choice['label']}")
        for source in m.get("sources", []):
            print(f"  – {source['title']}: {source['url']} ({source.get('law', '')}; {source['checked_on']})")
        print()


@app.command()
def evaluate(
    file: Path,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    wrong: Annotated[bool, typer.Option("--wrong", help="list what was not right")] = False,
) -> None:
    """Labelled questions, each as a fresh conversation: right, offered, wrong, missed; by language; latency."""
    from portal import asking
    from portal.evaluation import outcomes, table

    questions = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("Asking", total=len(questions))

        async def all_of_them() -> list[list[dict[str, Any]]]:
            async with asking.somewhere(prepared) as client:
                return await asking.many(client, questions, lambda: bar.advance(task))

        answers = asyncio.run(all_of_them())
    result = outcomes(questions, answers)
    if as_json:
        print(json.dumps({k: v for k, v in result.items() if k != "rows"}, ensure_ascii=False))
    else:
        print(table(result))
    if wrong:
        for row in result["rows"]:
            if row["outcome"] not in ("right", "out_of_scope_right"):
                print(json.dumps(row, ensure_ascii=False))


@app.command()
def bench(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Side by side with a stock `rasa init` bot, in one run."""
    from portal.bench import measure, table

    rows = measure(prepared, console)
    print(json.dumps({"rows": rows}, ensure_ascii=False) if as_json else table(rows))


@knowledge_app.command("check")
def knowledge_check() -> None:
    """Ids, links, dates, figures, glossary, parity of languages; what is due for review."""
    from knowledge.check import check

    problems, notes = check()
    for note in notes:
        print(f"note: {note}")
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems, {len(notes)} notes")
    sys.exit(1 if problems else 0)


@knowledge_app.command("import")
def knowledge_import(folder: Path) -> None:
    """Publish a folder of knowledge files; a broken file is refused whole and nothing changes."""
    from knowledge.library import read_folder
    from knowledge.schema import KnowledgeError
    from portal import migrations
    from portal.database import Database
    from portal.editing.service import publish

    async def main() -> str:
        database = Database(settings().database_url)
        settings().var.mkdir(parents=True, exist_ok=True)
        await migrations.upgrade(database)
        async with database.write() as session:
            release = await publish(session, read_folder(folder))
            line = f"release {release.id}: {release.files} files"
            await session.commit()
        await database.close()
        return line

    if not folder.is_dir():
        sys.exit(f"{folder}: no such folder")
    try:
        print(asyncio.run(main()))
    except KnowledgeError as error:
        sys.exit(f"refused, nothing changed: {error}")


@knowledge_app.command("export")
def knowledge_export(folder: Path) -> None:
    """Write the published knowledge into a folder, byte for byte as it was imported."""
    from portal.database import Database
    from portal.editing.service import published

    async def main() -> dict[str, str]:
        database = Database(settings().database_url)
        async with database.read() as session:
            files = await published(session)
        await database.close()
        return files

    files = asyncio.run(main())
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    print(f"{len(files)} files in {folder}")


@staff_app.command("invite")
def staff_invite(
    email: str,
    organisation: Annotated[str, typer.Option(help="short id, such as ag-s-halle")],
    name: Annotated[str, typer.Option(help="name of the organisation, where it is new")] = "",
    kind: Annotated[str, typer.Option(help="as in knowledge/organisations/kinds.yml, where it is new")] = "ag_s",
) -> None:
    """Invite the first administrator; prints the link that was also sent by mail. Everybody else is invited at the desk."""
    from portal import migrations
    from portal.accounts.first import Already, first
    from portal.database import Database
    from portal.mail.addresses import Implausible

    async def main() -> str:
        database = Database(settings().database_url)
        settings().var.mkdir(parents=True, exist_ok=True)
        await migrations.upgrade(database)
        link = await first(database, settings(), email, organisation, name or organisation, kind)
        await database.close()
        return link

    try:
        print(asyncio.run(main()))
    except Already:
        sys.exit("refused: there is an administrator or an account with this address already; they invite at the desk")
    except Implausible:
        sys.exit(f"refused: {email} is no e-mail address")


if __name__ == "__main__":
    app()
