"""The quality and speed of the text scrubber: `make bench-deid`; corpora and scorer lie beside the project."""

from __future__ import annotations

import argparse
from pathlib import Path

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
TWEETS = Path("build/vaderSentiment-3.3.2.tar.gz")
PARTS = ["known", "speed", "paths", "quality"]


def main() -> None:
    """Print the tables asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.deid", description=__doc__)
    parser.add_argument("parts", nargs="*", default=PARTS, help=f"{', '.join(PARTS)}; all where absent")
    parser.add_argument("--corpora", type=Path, default=SHARED / "deid", help="the folder of score.py and the corpora")
    parser.add_argument("--counsel", type=Path, default=SHARED / "data" / "counselchat_questions_answers.csv")
    parser.add_argument("--tweets", type=Path, default=TWEETS, help="the package whose tweets the tagger is trained on")
    parser.add_argument("--share", type=int, default=1, help="every n-th text only")
    options = parser.parse_args()
    counsel = options.counsel if options.counsel.is_file() else None
    if "known" in options.parts:
        from bench import deid_known

        print(deid_known.line(), flush=True)
    if "speed" in options.parts:
        from bench import deid_speed

        print("\n".join(deid_speed.report(options.corpora, counsel)), flush=True)
    if "paths" in options.parts:
        from bench import deid_paths

        for line in deid_paths.report(options.corpora, counsel, share=options.share):
            print(line, flush=True)
    if "quality" in options.parts:
        from bench import deid_quality

        if not options.tweets.is_file():
            raise SystemExit(f"{options.tweets} is not there: write `make {TWEETS}` first, or pass --tweets FILE.")
        table = deid_quality.lines(options.corpora, counsel, options.tweets, share=options.share)
        print("\n".join(table), flush=True)


if __name__ == "__main__":
    main()
