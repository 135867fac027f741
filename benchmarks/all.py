"""Every benchmark that takes minutes, in turn; `python -m benchmarks.separation --hour` takes
longer.

python -m benchmarks.all
"""

import runpy

if __name__ == "__main__":
    for name in ("kernels", "engine", "treatments", "lanes", "startup", "playback", "separation"):
        print(f"## benchmarks.{name}\n", flush=True)
        runpy.run_module(f"benchmarks.{name}", run_name="__main__")
