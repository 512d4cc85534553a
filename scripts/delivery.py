"""What the runs of the delivery matrix showed, as docs/delivery-matrix.json and the tables of docs/delivery-semantics.md and .ko.md. scripts/delivery calls it.
--check: whether the tables say what the data file says; --tables: write them from it; --has WORDS: whether a cell's name has these words."""
import glob
import json
import os
import sys

# The slide: the scenario of the row; the settings in words and the fault in words, in both languages; and the cells that the row counts.
ALL_2 = {"acks": ["all-2"], "retries": ["on"], "idempotence": ["on"]}
ROWS = [
    ("tests/stories/delivery-acks-0.json", "0", {"acks": ["0"], "retries": ["on"], "idempotence": ["off"], "commit": ["after"], "fault": ["lost request"]},
     "a request gets lost on its way", "요청이 가다가 사라져요"),
    ("tests/stories/delivery-acks-1.json", "1", {"acks": ["1"], "retries": ["on"], "idempotence": ["off"], "commit": ["after"], "fault": ["broker crash"]},
     "a broker dies", "브로커가 죽어요"),
    ("tests/stories/delivery-last-in-sync.json", "all", {**ALL_2, "acks": ["all-1"], "commit": ["after"], "fault": ["power cut of one"]},
     "one machine loses its power (the ISR may have shrunk before)", "서버 한 대의 전원이 꺼져요(그 전에 ISR이 줄었을 수 있어요)"),
    ("tests/stories/delivery-two-in-sync.json", "all", {**ALL_2, "commit": ["after"], "fault": ["power cut of one"]},
     "one machine loses its power", "서버 한 대의 전원이 꺼져요"),
    ("tests/stories/delivery-all-machines.json", "all", {**ALL_2, "commit": ["after"], "fault": ["power cut of all"]},
     "all machines lose their power at once", "모든 서버의 전원이 한꺼번에 꺼져요"),
    ("tests/stories/delivery-retry.json", "all", {**ALL_2, "idempotence": ["off"], "commit": ["after"], "fault": ["lost response"]},
     "a response gets lost", "응답이 사라져요"),
    ("tests/stories/delivery-reordered.json", "all", {**ALL_2, "idempotence": ["off"], "commit": ["after"], "fault": ["leader change"]},
     "the leader changes while five requests are in flight", "요청 다섯 개가 가는 중에 리더가 바뀌어요"),
    ("tests/stories/delivery-idempotent.json", "all", {**ALL_2, "commit": ["after"], "fault": ["lost response", "leader change"]},
     "a response gets lost, or the leader changes", "응답이 사라지거나 리더가 바뀌어요"),
    ("tests/stories/delivery-commit-before.json", "all", {**ALL_2, "commit": ["before"], "fault": ["consumer kill"]},
     "a consumer dies (at most once)", "컨슈머가 죽어요(최대 한 번)"),
    ("tests/stories/delivery-commit-after.json", "all", {**ALL_2, "commit": ["after"], "fault": ["consumer kill"]},
     "a consumer dies (at least once)", "컨슈머가 죽어요(적어도 한 번)"),
    ("tests/stories/delivery-auto-commit.json", "all", {**ALL_2, "commit": ["auto"], "fault": ["consumer pause"]},
     "a consumer stands still for too long", "컨슈머가 너무 오래 멈춰요"),
    ("tests/stories/transform-in-transactions.json", "all", {**ALL_2, "commit": ["transactional"], "fault": ["consumer kill", "consumer pause"]},
     "a consumer dies, or stands still for too long (exactly once)", "컨슈머가 죽거나 너무 오래 멈춰요(정확히 한 번)"),
]
OUTCOMES = ("lost", "duplicated", "reordered", "skipped")
WORDS = {"lost": ("lost", "유실"), "duplicated": ("repeated", "중복"), "reordered": ("out of order", "순서 바뀜"), "skipped": ("skipped", "건너뜀")}
COMMITS = {"before": ("before the work", "처리하기 전"), "after": ("after the work", "처리한 뒤"), "auto": ("automatic", "자동"), "transactional": ("in a transaction", "트랜잭션")}
COMMITS_OF_GROUPS = ["before", "after", "auto"]  # a transaction is the producer's
HEAD = {
    "en": "| `acks` | `min.insync.replicas` | retries | idempotence | commit | what happens | lost | repeated | out of order | skipped | open |",
    "ko": "| `acks` | `min.insync.replicas` | 재시도 | 멱등성 | 커밋 | 무슨 일이 생기면 | 유실 | 중복 | 순서 바뀜 | 건너뜀 | 열기 |",
}
# Causes for which Kafka itself breaks its documentation (delivery_run.cpp), and the outcome of each.
KAFKAS_OWN = {"a leader that knew nothing of the producer took a later batch for its first": "reordered",
              "records of a leader that lost them were handed over when the position had been checked against the next one": "skipped"}
NEVER, ON = {"en": "never", "ko": "없음"}, {"en": "on", "ko": "켬"}
NOT_SEEN = {"en": "not seen", "ko": "안 나옴"}
OFF = {"en": "off", "ko": "끔"}
OF_RUNS = {"en": "{} of runs", "ko": "실행의 {}"}
# What the numbers and ¹ mean: part of the slide, which is shown without the page.
NOTE = {
    "en": "*30 % of runs*: in so many of the runs it happened to at least one record. ¹ Not quite: in some of these runs, or of those that differ only in the "
          "group's commit, Kafka itself breaks what its documentation promises (at most 6 % of any cell).",
    "ko": "*실행의 30 %*는 레코드의 30 %가 아니라, 레코드 하나 이상에 이 일이 생긴 실행의 비율이에요. ¹은 이 칸이나 그룹의 커밋 방식만 다른 칸에서 Kafka가 자기 "
          "문서와 다르게 움직인 실행이 있었다는 뜻이에요(어느 칸에서도 6 %를 넘지 않아요).",
}
SUMMARY = {
    "en": ("{:,} runs, {:,} cells.\n\n| outcome | cells in which it may happen | of these, it never did | cells in which it must not | of these, it did |\n|---|---:|---:|---:|---:|\n",
           "In {} more runs a promise was broken as Kafka itself breaks it (`kafkas_own`)."),
    "ko": ("실행 {:,}번, 칸 {:,}개예요.\n\n| 결과 | 생길 수 있는 칸 | 그중 한 번도 안 나온 칸 | 생기면 안 되는 칸 | 그중 나온 칸 |\n|---|---:|---:|---:|---:|\n",
           "그 밖에 {}번은 Kafka도 문서와 다르게 움직이는 경우였어요(`kafkas_own`)."),
}
MARK = "<!-- {} -->"
DATA = "docs/delivery-matrix.json"


def fits(cell, wanted):
    return all(cell[axis] in values for axis, values in wanted.items())


def share(cells, akin, outcome, language):
    """How many of the runs showed it; "never" is a promise, with ¹ if Kafka itself broke it in some. `akin`: the cells that differ from these in the
    group's commit alone, upon which the order of a log does not depend."""
    if all(cell[outcome]["promise"] == "must not" for cell in cells):
        own = any(KAFKAS_OWN[cause] == outcome for cell in (akin if outcome == "reordered" else cells) for cause in cell.get("kafkas_own", {}))
        return NEVER[language] + (" ¹" if own else "")
    percent = percentage(sum(cell[outcome]["seen"] for cell in cells), sum(cell["seeds"] for cell in cells))
    return OF_RUNS[language].format(percent) if percent else NOT_SEEN[language]


def percentage(seen, runs):
    """Whole percent, halves upwards; but what was seen is never 0 %, and what was not seen in every run is never 100 %. "" for 0."""
    if seen == 0 or seen == runs:
        return "100 %" if seen else ""
    percent = (200 * seen + runs) // (2 * runs)
    return "< 1 %" if percent < 1 else "> 99 %" if percent > 99 else "{} %".format(percent)


def slide(cells, language):
    lines = [HEAD[language], "|---|---|---|---|---|---|---:|---:|---:|---:|---|"]
    for path, acks, wanted, *fault in ROWS:
        found = [cell for cell in cells if fits(cell, wanted)]
        akin = [cell for cell in cells if fits(cell, {**wanted, "commit": COMMITS_OF_GROUPS if wanted["commit"][0] in COMMITS_OF_GROUPS else wanted["commit"]})]
        first = {axis: values[0] for axis, values in wanted.items()}
        row = ["`{}`".format(acks), {"all-1": "1", "all-2": "2"}.get(first["acks"], "–"), ON[language] if first["retries"] == "on" else OFF[language],
               ON[language] if first["idempotence"] == "on" else OFF[language], COMMITS[first["commit"]][language == "ko"], fault[language == "ko"]]
        row += [share(found, akin, outcome, language) for outcome in OUTCOMES]
        row.append("[{}](../{})".format(os.path.basename(path)[:-len(".json")], path))
        lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines) + "\n\n" + NOTE[language] + "\n"


def replaced(text, mark, new):
    begin, end = MARK.format(mark), MARK.format("end of " + mark)
    before, rest = text.split(begin, 1)
    return before + begin + "\n" + new + end + rest.split(end, 1)[1]


def summary(cells, language):
    total = sum(cell["seeds"] for cell in cells)
    own = sum(len(seeds) for cell in cells for seeds in cell.get("kafkas_own", {}).values())
    rows = ""
    for outcome in OUTCOMES:
        may = [cell for cell in cells if cell[outcome]["promise"] == "may"]
        never = [cell for cell in cells if cell[outcome]["promise"] != "may"]
        rows += "| {} | {} | {} | {} | {} |\n".format(WORDS[outcome][language == "ko"], len(may), sum(cell[outcome].get("never_seen", False) for cell in may), len(never),
                                                       sum(cell[outcome]["seen"] > 0 for cell in never))
    head, note = SUMMARY[language]
    return head.format(total, len(cells)) + rows + "\n" + note.format(own) + "\n"


def documents(cells):
    """The two pages with these cells' tables, by path: (as it is, as it should be)."""
    pages = {}
    for language, path in (("en", "docs/delivery-semantics.md"), ("ko", "docs/delivery-semantics.ko.md")):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        pages[path] = (text, replaced(replaced(text, "slide", slide(cells, language)), "summary", summary(cells, language)))
    return pages


def write(folder, seeds, commit):
    cells = []
    for path in glob.glob(os.path.join(folder, "*.json")) + glob.glob(os.path.join(folder, "*.broken")):
        if os.path.basename(path).startswith("delivery-"):
            continue
        with open(path, encoding="utf-8") as file:
            cells += json.load(file)
    cells.sort(key=lambda cell: cell["cell"])
    head = {"format": 1, "about": "What became of records in each cell of docs/delivery-promises.json. Written by scripts/delivery.", "commit": commit, "seeds": int(seeds),
            "runs": sum(cell["seeds"] for cell in cells)}
    with open(DATA, "w", encoding="utf-8") as out:
        out.write(json.dumps(head, ensure_ascii=False)[:-1] + ", \"cells\": [\n")
        out.write(",\n".join(json.dumps(cell, ensure_ascii=False) for cell in cells) + "\n]}\n")
    tables()


def name(cell):
    """As the tests write it (promises::name)."""
    return "acks {acks}, retries {retries}, idempotence {idempotence}, commit {commit}, {fault}".format(**cell)


def read_cells():
    with open(DATA, encoding="utf-8") as file:
        return json.load(file)["cells"]


def has(words):
    names = [name(cell) for cell in read_cells()]
    if any(words in one for one in names):
        return 0
    print("no cell has the words {!r}; such as {!r}. All words: docs/delivery-semantics.md, \"The whole matrix\".".format(words, names[101]), file=sys.stderr)
    return 2


def unnamed(cells):
    """Words of the cells' names that the pages leave out."""
    for path in documents(cells):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for axis, before in (("acks", "acks "), ("retries", "retries "), ("idempotence", "idempotence "), ("commit", "commit "), ("fault", "")):
            for value in sorted({cell[axis] for cell in cells}):
                if "`{}{}`".format(before, value) not in text:
                    yield "{} does not name the words {}{}".format(path, before, value)


def check():
    cells = read_cells()
    stale = [path for path, (there, wanted) in documents(cells).items() if there != wanted]
    missing = [row[0] for row in ROWS if not os.path.exists(row[0])]
    for path in stale:
        print("{} does not say what {} says: run python3 scripts/delivery.py --tables".format(path, DATA))
    rounded = {(0, 200): "", (1, 400): "< 1 %", (2, 200): "1 %", (5, 200): "3 %", (9, 200): "5 %", (25, 200): "13 %", (399, 400): "> 99 %", (200, 200): "100 %"}
    wrong = [pair for pair, wanted in rounded.items() if percentage(*pair) != wanted]
    for pair in wrong:
        print("{} of {} runs are written as {!r}, and should be {!r}".format(*pair, percentage(*pair), rounded[pair]))
    # One run of a leader change was out of order; its group committed before the work, which changes nothing about the log.
    leader = [line for line in slide(cells, "en").split("\n") if "or the leader changes" in line]
    if len(leader) != 1 or "never ¹" not in leader[0]:
        print("the row of the leader change does not say that one of its runs was out of order (cell 284, seed 70)")
        wrong.append(leader)
    for words in unnamed(cells):
        print(words)
        wrong.append(words)
    for row in ROWS:
        with open(row[0], encoding="utf-8") as file:
            title = json.load(file)["title"]
        # What the window's header has room for. A setting is written as Kafka writes it.
        for text in (title["en"], title.get("ko", "")):
            if not text or len(text) > 55 or (text[0].islower() and not text.startswith("acks=")):
                print("{}: its title should be a sentence of at most 55 characters in both languages, not {!r}".format(row[0], text))
                wrong.append(text)
    for path in missing:
        print("scripts/delivery.py links {}, which does not exist".format(path))
    return 1 if stale or missing or wrong else 0


def tables():
    for path, (_, text) in documents(read_cells()).items():
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)


if __name__ == "__main__":
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    if sys.argv[1:] == ["--check"]:
        sys.exit(check())
    if sys.argv[1:] == ["--tables"]:
        tables()
    elif sys.argv[1:2] == ["--has"]:
        sys.exit(has(sys.argv[2]))
    else:
        write(*sys.argv[1:])
