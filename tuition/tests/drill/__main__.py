"""`make drill`: a line for each fault. SEED=7 does it again alike; SHORT=1 takes a few."""

import os
import random
import sys
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tuition.settings")

from tuition.tests.drill import cashiers, faults, imports

FAULTS = {**faults.FAULTS, **imports.FAULTS, **cashiers.FAULTS}
SHORT = (*faults.SHORT, *imports.SHORT, *cashiers.SHORT)


def main() -> int:
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
    chosen = sys.argv[1:] or (SHORT if os.environ.get("SHORT") else FAULTS)
    print(f"seed {seed}", flush=True)
    failed = 0
    for name in chosen:
        began = time.monotonic()
        try:
            said = FAULTS[name](random.Random(f"{seed} {name}"))
        except Exception as error:
            failed += 1
            print(f"FAILED  {name}: {type(error).__name__}: {error}", flush=True)
            continue
        failed += not said.held
        print(
            f"{'holds ' if said.held else 'FAILED'}  {name:32} clients saw {said.seen or '-'};"
            f" longest wait {said.longest:.1f} s; back after {said.back:.1f} s;"
            f" lost {said.lost}; doubled {said.doubled}"
            f"{'; ' + said.remark if said.remark else ''} ({time.monotonic() - began:.0f} s)",
            flush=True,
        )
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
