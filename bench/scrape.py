#!/usr/bin/env python3
"""Scrapes a server with a million series while accounts are committed, beside the `prometheus` crate's encoder in the same run.

    python3 bench/scrape.py
"""

import argparse
import json
import subprocess
from pathlib import Path

from measure import RESULTS, ROOT, binaries, where_and_when


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bins-dir", default=ROOT / "target" / "release", metavar="DIR", help="where the programs are (default: target/release)")
    parser.add_argument("--results", type=Path, default=RESULTS / "scrape.json", metavar="FILE", help="where the figures go")
    args = parser.parse_args()
    (scrape,) = binaries(args.bins_dir, "scrape")
    begun = where_and_when()
    done = subprocess.run([scrape], stdout=subprocess.PIPE, text=True, check=True)
    print(done.stdout)
    args.results.parent.mkdir(parents=True, exist_ok=True)
    args.results.write_text(json.dumps(begun | json.loads(done.stdout), indent=2) + "\n")


if __name__ == "__main__":
    main()
