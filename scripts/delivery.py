"""What the runs of the delivery matrix showed, as docs/delivery-matrix.json and the tables of docs/delivery-semantics.md. scripts/delivery calls it."""
import glob
import json
import os
import sys

# The slide: a story, what it is in the words of the study notes, which cells it stands for, and the outcome to look for.
ROWS = [
    ("delivery-acks-0", {"acks": ["0"], "fault": ["lost request"]}, "lost",
     "`acks=0` and a lost request", "`acks=0`인데 요청이 사라지면"),
    ("delivery-acks-1", {"acks": ["1"], "fault": ["broker crash"]}, "lost",
     "`acks=1` and the leader dies", "`acks=1`인데 리더가 죽으면"),
    ("delivery-last-in-sync", {"acks": ["all-1"], "fault": ["power cut of one"]}, "lost",
     "`acks=all`, `min.insync.replicas=1`, and the last in-sync replica loses its power", "`acks=all`, `min.insync.replicas=1`인데 하나 남은 ISR의 전원이 꺼지면"),
    ("delivery-two-in-sync", {"acks": ["all-2"], "fault": ["power cut of one"]}, "lost",
     "`acks=all`, `min.insync.replicas=2`, and one machine loses its power", "`acks=all`, `min.insync.replicas=2`이고 서버 한 대의 전원이 꺼지면"),
    ("delivery-all-machines", {"acks": ["all-2"], "fault": ["power cut of all"]}, "lost",
     "the same, and all machines lose their power", "같은 설정인데 모든 서버의 전원이 꺼지면"),
    ("delivery-retry", {"acks": ["1", "all-1", "all-2"], "retries": ["on"], "idempotence": ["off"], "fault": ["lost response"]}, "duplicated",
     "retries without idempotence, and a lost response", "멱등성 없이 재시도하는데 응답이 사라지면"),
    ("delivery-reordered", {"acks": ["all-1", "all-2"], "retries": ["on"], "idempotence": ["off"], "fault": ["leader change"]}, "reordered",
     "retries without idempotence, five requests in flight, and the leader changes", "멱등성 없이 요청 다섯 개를 한꺼번에 보내는데 리더가 바뀌면"),
    ("delivery-idempotent", {"acks": ["all-2"], "idempotence": ["on"], "commit": ["before", "after", "auto"], "fault": ["lost response", "leader change"]}, "reordered",
     "idempotence, and the same two faults", "멱등성을 켜고 같은 두 장애가 나면"),
    ("delivery-commit-before", {"commit": ["before"], "fault": ["consumer kill"]}, "skipped",
     "commit before the work, and the consumer dies: at most once", "처리하기 전에 커밋하고 컨슈머가 죽으면(최대 한 번)"),
    ("delivery-commit-after", {"commit": ["after"], "fault": ["consumer kill"]}, "by_work",
     "commit after the work, and the consumer dies: at least once", "처리한 뒤에 커밋하고 컨슈머가 죽으면(최소 한 번)"),
    ("delivery-auto-commit", {"commit": ["auto"], "fault": ["consumer pause"]}, "by_work",
     "auto commit, and the consumer stands still for too long", "자동 커밋인데 컨슈머가 너무 오래 멈추면"),
]
WORDS = {"lost": ("lost", "유실"), "duplicated": ("twice in the log", "로그에 중복"), "reordered": ("out of order", "순서 뒤바뀜"), "skipped": ("skipped", "건너뜀"),
         "by_work": ("worked on twice", "두 번 처리")}
TEXTS = {
    "en": ("| what happens | what becomes of records | runs that showed it | open |\n|---|---|---:|---|\n", "may be {}", "never {}", "{} of {}"),
    "ko": ("| 무슨 일이 생기면 | 레코드는 | 나타난 실행 | 열기 |\n|---|---|---:|---|\n", "{}될 수 있어요", "{} 없음", "{1}번 중 {0}번"),
}
SUMMARY = {
    "en": ("{:,} runs, {:,} cells.\n\n| outcome | cells in which it may happen | of these, it never did | cells in which it must not | of these, it did |\n|---|---:|---:|---:|---:|\n",
           "In {} more runs a promise was broken as Kafka itself breaks it (`kafkas_own`)."),
    "ko": ("실행 {:,}번, 칸 {:,}개예요.\n\n| 결과 | 생길 수 있는 칸 | 그중 한 번도 안 나온 칸 | 생기면 안 되는 칸 | 그중 나온 칸 |\n|---|---:|---:|---:|---:|\n",
           "그 밖에 {}번은 카프카도 문서와 다르게 움직이는 경우였어요(`kafkas_own`)."),
}
MARK = "<!-- {} -->"


def fits(cell, wanted):
    return all(cell[axis] in values for axis, values in wanted.items())


def count(cell, outcome):
    if outcome == "by_work":
        return cell["duplicated"].get("by_work", 0)
    if outcome == "duplicated":
        return cell["duplicated"].get("in_log", 0)
    return cell[outcome]["seen"]


def slide(cells, language):
    head, may, never, of = TEXTS[language]
    lines = []
    for story, wanted, outcome, *words in ROWS:
        found = [cell for cell in cells if fits(cell, wanted)]
        seen, runs = sum(count(cell, outcome) for cell in found), sum(cell["seeds"] for cell in found)
        word = WORDS[outcome][0 if language == "en" else 1]
        promised = any(cell["duplicated" if outcome == "by_work" else outcome]["promise"] == "may" for cell in found)
        lines.append("| {} | {} | {} | [{}](../tests/stories/{}.json) |\n".format(
            words[0 if language == "en" else 1], (may if promised else never).format(word), of.format(seen, runs) if runs else "–", story, story))
    return head + "".join(lines)


def replaced(text, mark, new):
    begin, end = MARK.format(mark), MARK.format("end of " + mark)
    before, rest = text.split(begin, 1)
    return before + begin + "\n" + new + end + rest.split(end, 1)[1]


def summary(cells, language):
    total = sum(cell["seeds"] for cell in cells)
    outcomes = ("lost", "duplicated", "reordered", "skipped")
    own = sum(len(seeds) for cell in cells for seeds in cell.get("kafkas_own", {}).values())
    rows = ""
    for outcome in outcomes:
        may = [cell for cell in cells if cell[outcome]["promise"] == "may"]
        never = [cell for cell in cells if cell[outcome]["promise"] != "may"]
        words = ("duplicated", "중복") if outcome == "duplicated" else WORDS[outcome]
        rows += "| {} | {} | {} | {} | {} |\n".format(words[language == "ko"], len(may), sum(cell[outcome].get("never_seen", False) for cell in may), len(never),
                                                       sum(cell[outcome]["seen"] > 0 for cell in never))
    head, note = SUMMARY[language]
    return head.format(total, len(cells)) + rows + "\n" + note.format(own) + "\n"


def main(folder, seeds, commit):
    cells = []
    for path in glob.glob(os.path.join(folder, "*.json")) + glob.glob(os.path.join(folder, "*.broken")):
        if os.path.basename(path).startswith("delivery-"):
            continue
        with open(path) as file:
            cells += json.load(file)
    cells.sort(key=lambda cell: cell["cell"])
    head = {"format": 1, "about": "What became of records in each cell of docs/delivery-promises.json. Written by scripts/delivery.", "commit": commit, "seeds": int(seeds),
            "runs": sum(cell["seeds"] for cell in cells)}
    with open("docs/delivery-matrix.json", "w") as out:
        out.write(json.dumps(head, ensure_ascii=False)[:-1] + ", \"cells\": [\n")
        out.write(",\n".join(json.dumps(cell, ensure_ascii=False) for cell in cells) + "\n]}\n")
    for language, path in (("en", "docs/delivery-semantics.md"), ("ko", "docs/delivery-semantics.ko.md")):
        with open(path) as file:
            text = file.read()
        text = replaced(text, "slide", slide(cells, language))
        text = replaced(text, "summary", summary(cells, language))
        with open(path, "w") as out:
            out.write(text)


main(*sys.argv[1:])
